"""The telephone of tests/sofia beside the server: what it does, what it tells, which tones it heard."""
import json
import os
import pathlib
import subprocess
import sys

from harness import SKIP, Failed, check, wait_for

PROGRAM = os.environ.get("DAEDAP_SOFIA_PHONE", "")


def need_sofia():
    if not PROGRAM or not pathlib.Path(PROGRAM).exists():
        print("SKIPPED: sofia_phone is not built (libsofia-sip-ua-dev is missing)")
        sys.exit(SKIP)


def server_knows(server, number):
    return server.http(f"/api/v1/operators/{number}")["registered"]


class Sofia:
    """`with Sofia(...) as phone:` waits until it is registered. Calls are numbered from 1 as they come and go out."""

    made = 0

    def __init__(self, server, number, frequency, transport="udp", place=None, **options):
        need_sofia()
        Sofia.made += 1
        self.number, self.server, self.frequency = number, server, frequency
        self.domain = f"{server.address}:{server.tls_port if transport == 'tls' else server.sip_port}"
        self.tail_of_uri = "" if transport == "udp" else f";transport={transport}"
        self.command = [*(place.prefix if place else ()), PROGRAM, "--address", place.address if place else server.address,
                        "--port", str(5900 + 10 * Sofia.made), "--domain", self.domain, "--user", number, "--password", server.passwords[number], "--hz", str(frequency), "--transport", transport]
        for name, value in options.items():
            self.command += ["--" + name.replace("_", "-"), str(value)]
        self.log_path = server.folder / f"sofia-{number}-{Sofia.made}.log"
        self.out_path = server.folder / f"sofia-{number}-{Sofia.made}.out"

    def start(self):
        self.log, self.out = open(self.log_path, "wb"), open(self.out_path, "wb")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=self.out, stderr=self.log,
                                        env={**os.environ, "TPORT_LOG": "1"})

    def __enter__(self):
        self.start()
        try:
            self.wait("registered", status=200)
            wait_for(lambda: server_knows(self.server, self.number), 5, f"{self.number} is not registered")  # the shards hear of it within 0.1 s
        except Failed as trouble:
            self.__exit__(Failed, trouble, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None and kind is None:
            self.do("quit")
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.out.close()
        if kind is not None:
            print(f"---- sofia {self.number}\n{self.out_path.read_text()}\n{self.log_path.read_text(errors='replace')[-30000:]}")

    def events(self):
        lines = self.out_path.read_text().split("\n")[:-1]  # the last one may be half written
        return [json.loads(line) for line in lines]

    def found(self, event, **fields):
        return [one for one in self.events() if one["event"] == event and all(one.get(k) == v for k, v in fields.items())]

    def wait(self, event, seconds=15, count=1, **fields):
        """The `count`-th event of this kind with these fields."""
        def look():
            check(self.process.poll() is None, f"sofia {self.number} ended with {self.process.poll()}")
            found = self.found(event, **fields)
            return found[count - 1] if len(found) >= count else None
        try:
            return wait_for(look, seconds, f"no {event} {fields}")
        except Failed as trouble:
            raise Failed(f"sofia {self.number}: {trouble} among {self.events()[-12:]}") from trouble

    def do(self, *words):
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()

    def uri(self, number):
        return f"sip:{number}@{self.domain}{self.tail_of_uri}"

    def call(self, number):
        self.do("call", self.uri(number))

    def heard(self, call=1):
        """What the call has heard since this was asked last."""
        before = len(self.found("heard", call=call))
        self.do("heard", call)
        return self.wait("heard", call=call, count=before + 1)

    def check_heard(self, frequency, seconds, call=1, last=False):
        """`last`: of the call's end, when it has ended."""
        told = self.wait("heard", call=call, count=len(self.found("heard", call=call))) if last else self.heard(call)
        heard = told["tones"].get(str(frequency), 0)
        check(heard >= seconds, f"sofia {self.number}: {heard} s of {frequency} Hz (at least {seconds} s expected) in {told}")
