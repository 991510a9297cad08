/** Two hosts with a trunk, three networks, a gateway with NAT, policy and expectations: the core of the language in one file. */
export const EXAMPLE = `
topology: shop
networks:
  wan:  { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  mgmt: { vlan: 20, subnet: 10.0.20.0/24 }
  shop: { vlan: 101, subnet: [10.1.1.0/24, "2001:db8:1::/64"] }
  db:   { vlan: 102, subnet: 10.1.2.0/24 }
  far:  { transport: vxlan, vni: 5000, underlay: mgmt, subnet: 10.9.0.0/24 }
hosts:
  gw-x:
    access: ssh://root@gw-x.example.net
    bridges: { br0: { ports: [eno1] } }
    nics: { mgmt: 10.0.20.11 }
  gw-y:
    access: ssh://root@gw-y.example.net
    bridges: { br0: { ports: [eno1] } }
    nics: { mgmt: 10.0.20.12 }
guests:
  web1: { on: gw-x, nics: { shop: [10.1.1.10, "2001:db8:1::10"] }, listens: [8443/tcp] }
  web2: { on: gw-y, nics: { shop: 10.1.1.11 }, listens: [8443/tcp, 2525/tcp, 10000-10100/udp] }
  db1:  { on: gw-y, nics: { db: { address: 10.1.2.10, mac: "02:00:00:01:02:0a" } }, listens: [5432/tcp] }
  f1:   { on: gw-x, nics: { far: 10.9.0.1 } }
  f2:   { on: gw-y, nics: { far: 10.9.0.2 } }
gateways:
  vgw-1:
    on: gw-x
    runs: netns
    nics:
      wan:  { shared: 192.0.2.11 }
      shop: { shared: [10.1.1.1, "2001:db8:1::1"] }
      db:   { shared: 10.1.2.1 }
    nat:
      masquerade: [shop -> wan]
      publish:
        - 443/tcp -> web1:8443
        - 10000-10100/udp -> web2
        - { listen: 192.0.2.12:25/tcp, to: web2:2525, from: [198.51.100.0/24] }
policy:
  - { allow: 5432/tcp, from: shop, to: db1 }
  - { allow: [80/tcp, 443/tcp, icmp], from: [shop, db], to: internet }
  - { deny: any, from: shop, to: mgmt, log: true }
expect:
  - { allow: 443/tcp, from: internet, to: 192.0.2.11, reaches: web1:8443 }
  - { allow: 25/tcp, from: 198.51.100.0/24, to: 192.0.2.12, reaches: web2:2525 }
  - { allow: 5432/tcp, from: web1, to: db1 }
  - { deny: any, from: internet, to: [db, mgmt] }
  - { allow: icmp, from: far, to: far }
`;
