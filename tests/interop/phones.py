"""Real telephones beside the server, in a network of their own, and what they hear."""
import contextlib
import ctypes
import json
import math
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time
import wave

from harness import SKIP, Failed, check, need, wait_for

ADDRESS = "10.9.9.1"
CLONE_NEWNET = 0x40000000
ETH_P_IP = 0x0800
SO_RCVBUFFORCE = 33
ULAW = [(1 - 2 * (byte < 128)) * ((((~byte & 15) << 3) + 132 << (~byte >> 4 & 7)) - 132) for byte in range(256)]
MODULES = pathlib.Path("/usr/lib/baresip/modules")


def own_network():
    """Moves this process and its children into a network with ADDRESS: phones refuse loopback."""
    need("ip")
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print("SKIPPED: only root may make a network")
        sys.exit(SKIP)
    for words in ("link set lo up", "link add v0 type veth peer name v1", f"addr add {ADDRESS}/24 dev v0",
                  "link set v0 up", "link set v1 up", "route add default dev v0"):
        done = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"SKIPPED: ip {words}: {done.stderr}")
            sys.exit(SKIP)


def share_of_tone(samples, rate, frequency):
    """Goertzel: what part of the energy of `samples` is a tone of `frequency`."""
    energy = sum(s * s for s in samples)
    if energy < len(samples) * 100 * 100:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    one = two = 0.0
    for s in samples:
        one, two = s + turn * one - two, one
    return 2 * (one * one + two * two - turn * one * two) / (len(samples) * energy)


def tone_seconds(samples, rate, frequency):
    """How long `samples` hold hardly anything but this tone, in steps of 0.1 s."""
    step = rate // 10
    return sum(share_of_tone(samples[i:i + step], rate, frequency) > 0.8 for i in range(0, len(samples) - step + 1, step)) / 10


def channels(path):
    """Sample rate and one list of samples per channel of a 16-bit WAV file."""
    with wave.open(str(path)) as w:
        check(w.getsampwidth() == 2, f"{path}: {w.getsampwidth()} bytes a sample")
        count, rate = w.getnchannels(), w.getframerate()
        data = w.readframes(w.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    return rate, [samples[i::count] for i in range(count)]


def write_tone(path, frequency, seconds):
    with wave.open(str(path), "wb") as w:
        w.setparams((1, 2, 16000, 0, "NONE", ""))
        w.writeframes(b"".join(struct.pack("<h", round(9000 * math.sin(2 * math.pi * frequency * i / 16000))) for i in range(16000 * seconds)))


def check_tone(samples, rate, frequency, seconds, who):
    heard = tone_seconds(samples, rate, frequency)
    check(heard >= seconds, f"{who}: {heard} s of {frequency} Hz in {len(samples) / rate:.1f} s (at least {seconds} s expected)")


class Wire:
    """All that is sent meanwhile: what comes to a phone is known here even where its decoder stays silent."""

    def __enter__(self):
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.tap.bind(("lo", ETH_P_IP))
        self.tap.setblocking(False)
        return self

    def __exit__(self, kind, value, trace):
        self.tap.close()

    def rtp_to(self, *phones):
        """The PCMU samples that came to each phone, in the order of arrival. Once only."""
        samples = {phone.number: [] for phone in phones}
        try:
            while True:
                packet, about = self.tap.recvfrom(65536)
                head = 4 * (packet[0] & 15)
                if about[2] == socket.PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP or len(packet) < head + 20:
                    continue
                port, rtp = struct.unpack_from("!H", packet, head + 2)[0], packet[head + 8:]
                for phone in phones:
                    if port in phone.rtp_ports and rtp[0] == 0x80 and rtp[1] & 127 == 0:
                        samples[phone.number] += [ULAW[byte] for byte in rtp[12:]]
        except BlockingIOError:
            return [samples[phone.number] for phone in phones]


class Baresip:
    """A baresip with one account that says a tone; `with Baresip(...) as phone:` waits until it is registered."""

    made = 0

    def __init__(self, server, number, frequency, codecs="", account="", transport="udp", answers=True, modules=(), place=None, settings=""):
        need("baresip")
        Baresip.made += 1
        self.number, self.server, self.frequency, self.place = number, server, frequency, place
        address = place.address if place else server.address
        self.folder = server.folder / f"phone-{number}-{Baresip.made}"
        self.folder.mkdir()
        self.control_port = 4400 + Baresip.made
        port = server.tls_port if transport == "tls" else server.sip_port
        self.domain = f"{server.address}:{port}" + ("" if transport == "udp" else f";transport={transport}")
        wanted = ["g711", "g722", "opus", "ausine", "aubridge", "sndfile", "uuid", *modules, "account", "menu", "ctrl_tcp"]
        self.rtp_ports = range(40000 + 20 * Baresip.made, 40020 + 20 * Baresip.made)
        (self.folder / "config").write_text(
            f"sip_listen {address}:{5100 + 10 * Baresip.made}\nsip_verify_server no\n"
            f"rtp_ports {self.rtp_ports[0]}-{self.rtp_ports[-1]}\n"
            f"audio_player aubridge,nil\naudio_source ausine,{frequency}\naudio_alert aubridge,nil\n"
            f"ausrc_srate 48000\nausrc_channels 2\nsnd_path {self.folder}\nctrl_tcp_listen 127.0.0.1:{self.control_port}\n"
            f"module_path {MODULES}\n{settings}" + "".join(f"module {m}.so\n" for m in wanted))
        (self.folder / "accounts").write_text(
            f"<sip:{number}@{self.domain}>;auth_user={number};auth_pass={server.passwords[number]}"
            f";answermode={'auto' if answers else 'manual'};regint=60{';audio_codecs=' + codecs if codecs else ''}{account}\n")
        (self.folder / "contacts").write_text("")
        self.process = self.control = None
        self.unread = b""
        self.events = []

    def start(self):
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([*(self.place.prefix if self.place else ()), "baresip", "-s", "-v", "-f", str(self.folder)],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        self.start()
        try:
            self.control = wait_for(self.connect, 10, f"baresip {self.number} has no control port")
            wait_for(lambda: self.server.http(f"/api/v1/operators/{self.number}")["registered"], 40, f"{self.number} did not register")
        except Failed as trouble:
            self.__exit__(Failed, trouble, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.control:
            self.control.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if kind is not None:
            print(f"---- baresip {self.number}\n{self.tail()}")

    def tail(self, characters=9000):
        """What the phone wrote last, its SIP messages among it."""
        path = self.folder / "log"
        return path.read_text(errors="replace")[-characters:] if path.exists() else ""

    def connect(self):
        try:
            with self.place.entered() if self.place else contextlib.nullcontext():
                control = socket.create_connection(("127.0.0.1", self.control_port), timeout=1)
        except OSError:
            return None
        control.setblocking(False)
        return control

    def do(self, command, parameters=""):
        """Runs a command of the phone's menu."""
        text = json.dumps({"command": command, "params": parameters, "token": "test"})
        self.control.sendall(f"{len(text)}:{text},".encode())

    def read_events(self):
        """Takes in what the phone told since the last time: netstrings of JSON."""
        try:
            while data := self.control.recv(65536):
                self.unread += data
        except BlockingIOError:
            pass
        while b":" in self.unread:
            length, rest = self.unread.split(b":", 1)
            if len(rest) <= int(length):
                break
            told = json.loads(rest[:int(length)])
            if told.get("event"):
                self.events.append((told["type"], told.get("param", "")))
            self.unread = rest[int(length) + 1:]
        return self.events

    def wait_event(self, kind, count=1, seconds=15):
        wait_for(lambda: sum(k == kind for k, _ in self.read_events()) >= count, seconds,
                 f"{self.number}: no {kind} among {self.events}")

    def call(self, number):
        self.do("dial", f"sip:{number}@{self.domain}")

    def hang_up(self):
        self.do("hangup")

    def heard(self, which=-1):
        """Sample rate and samples of what came over the line in one of the calls, once it has ended."""
        time.sleep(0.3)  # the phone closes its file after it told of the end
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        check(files, f"{self.number} wrote nothing: {[p.name for p in self.folder.iterdir()]}")
        rate, all_channels = channels(files[which])
        return rate, all_channels[0]

    def check_heard(self, frequency, seconds, which=-1):
        rate, samples = self.heard(which)
        check_tone(samples, rate, frequency, seconds, self.number)


class Linphone:
    """A linphonec with one account; it plays a tone from a file and records what it hears."""

    made = 0

    def __init__(self, server, number, frequency, answers=True):
        need("linphonec")
        Linphone.made += 1
        self.number, self.server, self.frequency, self.answers = number, server, frequency, answers
        self.folder = server.folder / f"linphone-{number}-{Linphone.made}"
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        self.domain = f"{server.address}:{server.sip_port}"
        (self.folder / "linphonerc").write_text(
            f"[sip]\nsip_port={5600 + 10 * Linphone.made}\nsip_tcp_port=0\nsip_tls_port=0\ndefault_proxy=0\nmedia_encryption=none\n"
            f"[rtp]\naudio_rtp_port={30000 + 10 * Linphone.made}\n"
            f"[net]\nmtu=1300\n"
            f"[proxy_0]\nreg_proxy=<sip:{self.domain}>\nreg_identity=sip:{number}@{self.domain}\nreg_expires=60\nreg_sendregister=1\n"
            f"[auth_info_0]\nusername={number}\npasswd={server.passwords[number]}\nrealm=daedap\n")
        write_tone(self.folder / "say.wav", frequency, 30)
        self.process = None

    def __enter__(self):
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(["linphonec", "-c", str(self.folder / "linphonerc"), "-d", "5", "-l", str(self.folder / "debug"),
                                         *(["-a"] if self.answers else [])],
                                        stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, "HOME": str(self.folder)})
        try:
            self.do("soundcard use files")
            self.do(f"play {self.folder}/say.wav")
            self.do(f"record {self.folder}/heard.wav")
            wait_for(lambda: self.server.http(f"/api/v1/operators/{self.number}")["registered"], 40, f"{self.number} did not register")
        except Failed as trouble:
            self.__exit__(Failed, trouble, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.do("quit")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if kind is not None:
            print(f"---- linphonec {self.number}\n{self.tail()}")

    def tail(self, characters=5000):
        return (self.folder / "log").read_text(errors="replace")[-characters:]

    def do(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def call(self, number):
        self.do(f"call sip:{number}@{self.domain}")

    def wait_said(self, text, seconds=15):
        wait_for(lambda: text in self.tail(100_000), seconds, f"linphonec {self.number} did not say {text!r}")

    def check_heard(self, frequency, seconds):
        rate, samples = channels(self.folder / "heard.wav")
        check_tone(samples[0], rate, frequency, seconds, f"linphone {self.number}")
