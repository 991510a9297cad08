"""Flows that stay open, and servers that answer in them.

  talk.py serve NAME PORT...   TCP and UDP, both families: answers every line with NAME; prints `ready`
  talk.py hold                 for each line on stdin one on stdout:
    open ID tcp|udp SOURCE TO PORT   the name of who answered, or `silence`
    ask ID                           the same, in the flow that is open
    ping SOURCE TO ID                one ICMP echo with this identifier: `answer` or `silence`
"""
import select
import socket
import struct
import sys
import threading

PATIENCE = 1.0


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def answer_lines(connection, name):
    try:
        while connection.recv(4096):
            connection.sendall(name + b"\n")
    except OSError:
        connection.close()


def serve(name, ports):
    for port in ports:
        stream = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1000)
        threading.Thread(target=accept, args=(stream, name), daemon=True).start()
        datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        datagrams.bind(("::", port))
        threading.Thread(target=answer_datagrams, args=(datagrams, name), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


def accept(stream, name):
    while True:
        connection, _ = stream.accept()
        threading.Thread(target=answer_lines, args=(connection, name), daemon=True).start()


def answer_datagrams(datagrams, name):
    while True:
        _, sender = datagrams.recvfrom(4096)
        datagrams.sendto(name + b"\n", sender)


def ask(flow):
    try:
        # An answer that is late belongs to an earlier question.
        while select.select([flow], [], [], 0)[0]:
            if not flow.recv(4096):
                return "silence"
        flow.send(b"?\n")
        heard = flow.recv(4096).decode().strip()
        return heard.split("\n")[0] if heard else "silence"
    except OSError:
        return "silence"


def open_flow(protocol, source, to, port):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    flow = socket.socket(family_of(to), kind)
    flow.settimeout(PATIENCE)
    try:
        flow.bind((source, 0))
        flow.connect((to, int(port)))
    except OSError:
        return flow, "silence"
    return flow, ask(flow)


def ping(source, to, number):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.settimeout(PATIENCE)
    raw.bind((source, 0))
    head = struct.pack("!BBHHH", 8, 0, 0, int(number), 1)
    total = sum(struct.unpack("!4H", head))
    total = (total & 0xFFFF) + (total >> 16)
    raw.sendto(struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, int(number), 1), (to, 0))
    try:
        while True:
            heard = raw.recv(4096)[20:]
            if heard[0] == 0 and struct.unpack("!H", heard[4:6])[0] == int(number):
                return "answer"
    except OSError:
        return "silence"


def hold():
    flows = {}
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "open":
            flows[rest[0]], said = open_flow(*rest[1:])
        elif word == "ask":
            said = ask(flows[rest[0]])
        else:
            said = ping(*rest)
        print(said, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2].encode(), [int(port) for port in sys.argv[3:]])
    else:
        hold()
