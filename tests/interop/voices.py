"""Telephones that say recordings over real SIP and RTP: noisy, with lost packets, up to the last moment before BYE."""
import audioop
import hashlib
import os
import queue
import random
import re
import socket
import threading

from harness import Failed, check, wait_for
from ingest import PCMU, Talker, samples

QUIET = 100  # loudness of a 20 ms frame of the recordings' own silence


def spoken(name):
    """A recording from its first to its last loud moment."""
    pcm = samples(name)
    loud = [i for i in range(0, len(pcm) - 319, 320) if audioop.rms(pcm[i:i + 320], 2) > QUIET]
    return pcm[loud[0]:loud[-1] + 320]


class Speaker(Talker):
    """A Talker in a noisy room. A second of None in `script`: so that the last word ends with the last packet."""

    def __init__(self, port, script, seconds, seed, sock, noise=40, loss=0.02):
        super().__init__(port, seed, PCMU, [], seconds, loss=loss, seed=seed, sock=sock)
        line = bytearray(self.pcm)
        for second, name in script:
            speech = spoken(name)
            at = len(line) - len(speech) if second is None else 2 * int(8000 * second)
            line[at:at + len(speech)] = speech
        dice = random.Random(seed)
        room = b"".join(int(dice.gauss(0, noise)).to_bytes(2, "little", signed=True) for _ in range(len(line) // 2))
        self.pcm = audioop.add(bytes(line), room, 2)


class Voice:
    """One telephone, one call: `with Voice(server, "1002") as phone:` registers when the number has a password."""

    def __init__(self, server, number):
        self.server, self.number, self.password = ("127.0.0.1", server.sip_port), number, server.passwords.get(number)
        self.known = lambda: server.http(f"/api/v1/operators/{number}")["registered"]
        self.sip, self.rtp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for one in (self.sip, self.rtp):
            one.bind(("127.0.0.1", 0))
            one.settimeout(0.1)
        self.port, self.tag = self.sip.getsockname()[1], os.urandom(4).hex()
        self.cseq = 0
        self.answers, self.heard = queue.Queue(), []
        self.dialog = None       # request target, From, To, Call-ID of our requests
        self.media_port = None   # where the server hears us
        self.ended, self.stopped = threading.Event(), False

    def __enter__(self):
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self.take_sip, self.take_rtp)]
        for thread in self.threads:
            thread.start()
        if self.password:
            self.register()
        return self

    def __exit__(self, *_):
        self.stopped = True
        for thread in self.threads:
            thread.join()
        self.sip.close()
        self.rtp.close()

    # ---- what is sent

    def sdp(self):
        return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {self.rtp.getsockname()[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")

    def send(self, start, headers, body=""):
        media = "Content-Type: application/sdp\r\n" if body else ""
        self.sip.sendto(f"{start}\r\n{headers}Contact: <sip:{self.number}@127.0.0.1:{self.port}>\r\n{media}"
                        f"Content-Length: {len(body)}\r\n\r\n{body}".encode(), self.server)

    def request(self, method, uri, sender, to, call_id, body="", more="", cseq=None):
        if cseq is None:
            self.cseq += 1
        self.send(f"{method} {uri} SIP/2.0",
                  f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{os.urandom(6).hex()};rport\r\nMax-Forwards: 70\r\n"
                  f"From: {sender}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq or self.cseq} {method}\r\n{more}", body)

    def final(self, seconds=15):
        """The next final response to our last request."""
        while True:
            try:
                answer = self.answers.get(timeout=seconds)
            except queue.Empty as trouble:
                raise Failed(f"{self.number}: no answer") from trouble
            if int(answer.split(" ", 2)[1]) >= 200 and f"\r\nCSeq: {self.cseq} " in answer:
                return answer

    def register(self):
        own = f"<sip:{self.number}@127.0.0.1>"
        about = ("REGISTER", f"sip:127.0.0.1:{self.server[1]}", own + ";tag=" + self.tag, own, "reg-" + self.tag)
        self.request(*about, more="Expires: 600\r\n")
        asked = re.search(r'WWW-Authenticate: (Digest [^\r]*algorithm=MD5[^\r]*)', self.final())
        field = {name: value for name, value in re.findall(r'(\w+)="([^"]*)"', asked.group(1))}

        def md5(*parts):
            return hashlib.md5(":".join(parts).encode()).hexdigest()
        proof = md5(md5(self.number, field["realm"], self.password), field["nonce"], "00000001", "c1", "auth", md5("REGISTER", about[1]))
        self.request(*about, more=f'Expires: 600\r\nAuthorization: Digest username="{self.number}", realm="{field["realm"]}", nonce="{field["nonce"]}", '
                                  f'uri="{about[1]}", response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c1", opaque="{field["opaque"]}"\r\n')
        answer = self.final()
        check(answer.startswith("SIP/2.0 200"), f"{self.number} may not register: {answer}")
        wait_for(self.known, 5, f"{self.number} is not known")

    def call(self, number):
        uri, sender, call_id = f"sip:{number}@127.0.0.1", f"<sip:{self.number}@127.0.0.1>;tag={self.tag}", "call-" + self.tag
        self.request("INVITE", uri, sender, f"<{uri}>", call_id, self.sdp())
        answer = self.final()
        check(answer.startswith("SIP/2.0 200"), f"{number} was not reached: {answer}")
        target, to = re.search(r"\r\nContact: <([^>]*)>", answer).group(1), re.search(r"\r\nTo: ([^\r]*)", answer).group(1)
        self.request("ACK", target, sender, to, call_id, cseq=self.cseq)
        self.dialog, self.media_port = (target, sender, to, call_id), int(re.search(r"\r\nm=audio (\d+)", answer).group(1))

    def hang_up(self):
        self.request("BYE", *self.dialog)
        check(self.final().startswith("SIP/2.0 200"), "BYE was refused")

    # ---- what comes

    def take_sip(self):
        while not self.stopped:
            try:
                text, self.server = self.sip.recvfrom(65536)
                text = text.decode()
            except OSError:
                continue
            if text.startswith("SIP/2.0 "):
                self.answers.put(text)
                continue
            if not text.strip() or text.startswith("ACK"):
                continue
            head = "".join(line + "\r\n" for line in text.split("\r\n\r\n")[0].split("\r\n")
                           if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq"))
            to = "To: " + re.search(r"\r\nTo: ([^\r;]*)", text).group(1) + f";tag={self.tag}\r\n"
            if text.startswith("INVITE"):
                self.media_port = int(re.search(r"\r\nm=audio (\d+)", text).group(1))
                self.send("SIP/2.0 180 Ringing", head + to)
            self.send("SIP/2.0 200 OK", head + to, self.sdp() if text.startswith("INVITE") else "")
            if text.startswith("BYE"):
                self.ended.set()

    def take_rtp(self):
        while not self.stopped:
            try:
                packet = self.rtp.recv(2048)
            except OSError:
                continue
            if len(packet) > 12 and packet[0] == 0x80 and packet[1] & 127 == PCMU:
                self.heard.append(audioop.ulaw2lin(packet[12:], 2))

    def loud_seconds(self, level=400):
        """How much of what this phone heard was speech."""
        return sum(audioop.rms(frame, 2) > level for frame in self.heard) / 50
