"""Places around the server, each a network namespace of its own: bad lines, an address translator, blocked directions.

A namespace lives as long as the process that holds it, which ends with the story: nothing is left behind.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile

from harness import HERE, SKIP, Failed, need
from phones import ADDRESS, CLONE_NEWNET

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
INSIDE = "192.168.77"  # the network behind the translator


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(words, prefix=(), text=None):
    done = subprocess.run([*prefix, *words], capture_output=True, text=True, input=text, timeout=20)
    if done.returncode != 0:
        print(f"SKIPPED: {' '.join(words)}: {done.stderr.strip()}")
        sys.exit(SKIP)
    return done.stdout


class Place:
    """A namespace where a phone can be; `address` is its own."""

    def __init__(self, address):
        need("nsenter")
        self.address = address
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "1000"], preexec_fn=die_with_parent)
        own = os.stat("/proc/self/ns/net").st_ino
        while os.stat(f"/proc/{self.holder.pid}/ns/net").st_ino == own and self.holder.poll() is None:
            pass  # until it has left ours
        self.prefix = ["nsenter", "-t", str(self.holder.pid), "-n", "--"]
        self.ip("link set lo up")

    def ip(self, words):
        return run(["ip", *words.split()], self.prefix)

    def nft(self, rules):
        need("nft")
        return run(["nft", "-f", "-"], self.prefix, rules)

    @contextlib.contextmanager
    def entered(self):
        """Sockets that are made meanwhile by this thread are of that place."""
        with open("/proc/self/ns/net") as own, open(f"/proc/{self.holder.pid}/ns/net") as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise Failed("setns")
            try:
                yield
            finally:
                LIBC.setns(own.fileno(), CLONE_NEWNET)

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Links:
    """`with Links() as links:` inside `own_network()`; what it made goes with it."""

    def __init__(self):
        self.open = []
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for one in reversed(self.open):
            one.close()
        self.open.clear()

    def keep(self, one):
        self.open.append(one)
        return one

    def cable(self, first, first_address, second, second_address):
        """Joins two places (None: where the server is); addresses with their prefix lengths."""
        self.made += 1
        names = [f"c{os.getpid()}x{self.made}{end}" for end in "ab"]
        run(["ip", "link", "add", names[0], "type", "veth", "peer", "name", names[1]])
        for name, place, address in zip(names, (first, second), (first_address, second_address)):
            if place:
                run(["ip", "link", "set", name, "netns", str(place.holder.pid)])
            prefix = place.prefix if place else ()
            if address:
                run(["ip", "addr", "add", address, "dev", name], prefix)
            run(["ip", "link", "set", name, "up"], prefix)
        return names

    def near(self, number):
        """A place with a cable of its own to the server."""
        place = self.keep(Place(f"10.9.{number}.2"))
        self.cable(None, f"10.9.{number}.1/24", place, f"10.9.{number}.2/24")
        place.ip(f"route add default via 10.9.{number}.1")
        return place

    def translated(self, forgets_after_s=None):
        """A place behind an address translator, as in every home: nothing comes in that was not asked for."""
        place, router = self.keep(Place(f"{INSIDE}.2")), self.keep(Place("10.9.20.2"))
        self.cable(None, "10.9.20.1/24", router, "10.9.20.2/24")
        router.ip("route add default via 10.9.20.1")
        self.cable(router, f"{INSIDE}.1/24", place, f"{INSIDE}.2/24")
        place.ip(f"route add default via {INSIDE}.1")
        settings = ["net.ipv4.ip_forward=1"]
        router.nft(f"table ip home {{\n chain out {{\n type nat hook postrouting priority 100\n ip saddr {INSIDE}.0/24 masquerade random\n }}\n}}\n")
        if forgets_after_s:
            settings += [f"net.netfilter.nf_conntrack_udp_timeout={forgets_after_s}",
                         f"net.netfilter.nf_conntrack_udp_timeout_stream={forgets_after_s}"]
        for setting in settings:
            name, value = setting.split("=")
            run(["sh", "-c", f"echo {value} > /proc/sys/{name.replace('.', '/')}"], router.prefix)
        return place, router

    def bad_line(self, number, **faults):
        """A place whose cable to the server loses, delays and shuffles what it carries (bad_line.py)."""
        place, middle = self.keep(Place(f"10.9.{number}.2")), self.keep(Place(""))
        near = self.cable(None, f"10.9.{number}.1/24", middle, None)[1]
        far = self.cable(middle, None, place, f"10.9.{number}.2/24")[0]
        place.ip(f"route add default via 10.9.{number}.1")
        line = self.keep(BadLine(middle, near, far, faults))
        return place, line


class BadLine:
    def __init__(self, middle, near, far, faults):
        self.told = tempfile.TemporaryFile()
        words = [sys.executable, str(HERE / "bad_line.py"), near, far]
        for name, value in faults.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen([*middle.prefix, *words], stdout=subprocess.PIPE, stderr=self.told, preexec_fn=die_with_parent, text=True)
        if self.process.stdout.readline().strip() != "ready":
            self.told.seek(0)
            raise Failed(f"bad_line.py: {self.told.read().decode()}")

    def counts(self):
        """What it carried and what it dropped; ends it."""
        self.process.send_signal(signal.SIGTERM)
        words = self.process.stdout.read().split()
        self.process.wait(5)
        return {name: int(value) for name, value in (word.split("=") for word in words)}

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.told.close()
