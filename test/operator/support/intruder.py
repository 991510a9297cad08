"""The same without Node's own permissions: what the kernel refuses to whoever runs as the web process does, one answer a line."""
import ctypes, errno, json, os, socket, subprocess, sys

targets = json.loads(sys.argv[1])
operator = targets["operator"]
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def write(folder):
    path = os.path.join(folder, "evil.yaml")
    with open(path, "w"):
        pass
    os.unlink(path)


def seize():
    if libc.ptrace(PTRACE_SEIZE, operator, None, None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, "ptrace")


def link():
    made = subprocess.run(["ip", "link", "add", "evil0", "type", "dummy"], capture_output=True, text=True)
    if made.returncode != 0:
        raise OSError(errno.EPERM if "not permitted" in made.stderr else errno.EIO, made.stderr)


def knock():
    socket.socket(socket.AF_UNIX).connect(os.path.join(targets["sockets"], "operator.sock"))


ATTEMPTS = {
    "a link": link,
    "root's file": lambda: read(targets["secret"]),
    "the history": lambda: read(targets["history"]),
    "the folder of the topologies": lambda: write(targets["topologies"]),
    "the copies of the topologies": lambda: write(targets["copies"]),
    "the memory of the operator": lambda: open("/proc/%d/mem" % operator, "r+b", 0),
    "a signal to the operator": lambda: os.kill(operator, 0),
    "the operator's doings": seize,
    "the folder of the socket": lambda: os.listdir(targets["sockets"]),
    "the socket": knock,
    "root again": lambda: os.setuid(0),
}
tried = {}
for name, attempt in ATTEMPTS.items():
    try:
        attempt()
        tried[name] = "done"
    except OSError as error:
        tried[name] = errno.errorcode.get(error.errno, str(error.errno))
print(json.dumps(tried))
