"""Starts a Daedap server in a temporary folder on free loopback ports, and stops it again."""
import base64
import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
DAEDAP = os.environ.get("DAEDAP_BINARY", str(HERE.parent.parent / "build" / "release" / "daedap"))
SKIP = 77


def need(program):
    if shutil.which(program) is None:
        print(f"SKIPPED: {program} is not installed")
        sys.exit(SKIP)


CLONE_NEWNS = 0x00020000


@contextlib.contextmanager
def small_disk(folder, size):
    """Mounts a tmpfs of `size` at `folder`, seen by this process and its children only."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        print("SKIPPED: only root may mount a small disk")
        sys.exit(SKIP)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "daedap-test", str(folder)], capture_output=True).returncode != 0:
        print("SKIPPED: a small disk cannot be mounted here")
        sys.exit(SKIP)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def free_bytes(folder):
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_for(what, seconds, text):
    """Waits until `what()` is true; polls, because the other side is another process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.05)
    raise Failed(f"{text} (waited {seconds} s)")


class Server:
    """`with Server({...}) as server:`; extra configuration is merged into the file."""

    def __init__(self, extra="", operators=(("1001", "김지원", "ko", "away"), ("1002", "Mina", "en", "away"),
                                            ("1003", "Jun", "ko", "available")), ports=1000, srtp="optional", sip="",
                 address="127.0.0.1", listen=False):
        self.address = address
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daedap-test-"))
        self.config = self.folder / "daedap.yaml"
        self.token = base64.b16encode(os.urandom(16)).decode()
        base_port = 20000 + (os.getpid() * 200) % 20000
        self.config.write_text(
            f"state: {self.folder}/state\n"
            f"sip: {{bind: {address}, port: 0{sip}}}\n"
            f"http: {{bind: 127.0.0.1, port: 0, tokens: [{self.token}]}}\n"
            f"media: {{first_port: {base_port}, last_port: {base_port + ports - 1}, srtp: {srtp}}}\n"
            f"listener: {{enabled: {str(listen).lower()}}}\n" + extra)  # tones of telephones are no words
        self.process = None
        self.passwords = {}
        for number, name, language, status in operators:
            made = self.run("operator", "add", number, "--name", name, "--language", language, "--json")
            self.passwords[number] = json.loads(made.stdout)["password"]
            self.run("operator", "status", number, status)

    def run(self, *words, check_exit=True):
        done = subprocess.run([DAEDAP, *words, "--config", str(self.config)], capture_output=True, text=True, timeout=60)
        if check_exit and done.returncode != 0:
            raise Failed(f"daedap {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def start(self, environment=None):
        (self.folder / "state" / "run.json").unlink(missing_ok=True)
        self.output = open(self.folder / "output.txt", "ab")
        self.process = subprocess.Popen([DAEDAP, "serve", "--config", str(self.config)], stdout=self.output,
                                        stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        wait_for(lambda: (self.folder / "state" / "run.json").exists() or self.process.poll() is not None, 60, "no run.json")
        check(self.process.poll() is None, "the server ended: " + (self.folder / "output.txt").read_text())
        ports = json.loads((self.folder / "state" / "run.json").read_text())
        self.sip_port, self.http_port, self.tls_port = ports["sip_port"], ports["http_port"], ports["tls_port"]
        wait_for(lambda: self.http("/readyz", quiet=True) is not None, 90, "the server did not get ready")
        return self

    def http(self, path, method="GET", body=None, quiet=False, raw=False):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method,
                                         headers={"Authorization": f"Bearer {self.token}"},
                                         data=json.dumps(body).encode() if body is not None else None)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                data = answer.read()
        except (urllib.error.URLError, OSError):
            if quiet:
                return None
            raise
        if raw:
            return data
        try:
            return json.loads(data)
        except ValueError:
            return data.decode()

    def metric(self, name):
        """Sum of all samples of a metric."""
        text = self.http("/metrics", raw=True).decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))

    def call(self, user, *words, check_exit=True):
        done = subprocess.run([DAEDAP, "call", f"sip:{user}@{self.address}:{self.sip_port}", "--json", *words],
                              capture_output=True, text=True, timeout=120)
        if check_exit:
            check(done.returncode == 0, f"daedap call {user}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def ended_calls(self, count, seconds=15):
        def look():
            calls = self.http("/api/v1/calls?limit=200")["calls"]
            return calls if len([c for c in calls if c.get("cause")]) >= count else None
        return wait_for(look, seconds, f"fewer than {count} ended calls")

    def log(self):
        path = self.folder / "state" / "logs" / "app.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stop(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.send_signal(sig)  # calls that still run are ended
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
                raise Failed("the server did not stop within 20 s")
        return self.process.returncode if self.process else None

    def resident_kb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            if self.process:
                self.process.kill()
                self.process.wait()
            raise

    def __exit__(self, kind, value, trace):
        try:
            code = self.stop()
            if kind is None:
                check(code == 0, f"the server ended with {code}: " + (self.folder / "output.txt").read_text()[-3000:])
        finally:
            if kind is not None:
                print((self.folder / "output.txt").read_text()[-3000:])
                for line in self.log()[-40:]:
                    print(json.dumps(line, ensure_ascii=False))
            shutil.rmtree(self.folder, ignore_errors=True)


def sipp(server, scenario, *words, user="1002", calls=1, rate=10, expect=0, seconds=60):
    """Runs one SIPp scenario against the server; the exit code must be `expect`."""
    need("sipp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    work = tempfile.mkdtemp(prefix="sipp-")
    command = ["sipp", f"127.0.0.1:{server.sip_port}", "-sf", str(HERE / "sipp" / scenario), "-i", "127.0.0.1",
               "-p", str(port), "-s", user, "-m", str(calls), "-r", str(rate), "-nostdin", "-timeout", str(seconds),
               "-timeout_error", "-trace_err", "-error_file", f"{work}/errors.txt", "-cid_str", "%u-%p@sipp.test", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 20, cwd=work)
    errors = pathlib.Path(work, "errors.txt")
    told = errors.read_text()[:3000] if errors.exists() else ""
    shutil.rmtree(work, ignore_errors=True)
    check(done.returncode == expect, f"sipp {scenario}: exit {done.returncode}\n{told}\n{done.stdout[-1500:]}")


def main(stories):
    """Runs the stories of a script; prints one line each; exit 1 when one failed."""
    wanted = sys.argv[1:]
    failed = 0
    for story in stories:
        if wanted and story.__name__ not in wanted:
            continue
        start = time.monotonic()
        try:
            story()
            print(f"ok      {story.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        except (Failed, AssertionError, subprocess.TimeoutExpired) as trouble:
            failed += 1
            print(f"FAILED  {story.__name__}: {trouble}", flush=True)
    sys.exit(1 if failed else 0)
