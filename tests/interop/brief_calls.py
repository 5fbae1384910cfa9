"""Many short calls over one UDP socket: INVITE, ACK, a pause, BYE. Survives a server that dies and comes back."""
import os
import re
import socket
import threading
import time


class BriefCalls:
    """`with BriefCalls(user, rate, hold) as calls:` places calls until it is left; `target(port)` says where."""

    def __init__(self, user, rate, hold, count=10**9):
        self.user, self.rate, self.hold, self.count = user, rate, hold, count
        self.sip = self.udp()
        self.media = self.udp()
        self.port = self.sip.getsockname()[1]
        self.name = os.urandom(4).hex()
        self.server = None
        self.placed = self.answered = self.ended = 0
        self.open = {}    # call number -> when its BYE is due, and its To
        self.lock = threading.Lock()
        self.stopped = False

    @staticmethod
    def udp():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return made

    def target(self, port):
        """Where calls go from now on; None: nowhere. What was under way is forgotten."""
        with self.lock:
            self.server = ("127.0.0.1", port) if port else None
            self.open.clear()

    def finish(self, seconds=15):
        """Places no more and waits until what was under way has been hung up."""
        self.count = self.placed
        until = time.monotonic() + seconds
        time.sleep(0.5)  # the last ones are still being answered
        while self.ended < self.answered and time.monotonic() < until:
            time.sleep(0.05)
        self.target(None)

    def send(self, method, number, cseq, to, body=""):
        server = self.server
        if not server:
            return
        media = "Content-Type: application/sdp\r\n" if body else ""
        text = (f"{method} sip:{self.user}@127.0.0.1:{server[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{self.name}{number}{method}{cseq};rport\r\n"
                f"From: <sip:+82105550{number % 10000:04}@127.0.0.1>;tag=f{number}\r\nTo: {to}\r\n"
                f"Call-ID: {number}-{self.name}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:x@127.0.0.1:{self.port}>\r\n{media}Content-Length: {len(body)}\r\n\r\n{body}")
        try:
            self.sip.sendto(text.encode(), server)
        except OSError:
            pass

    def place(self):
        self.placed += 1
        body = (f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {self.media.getsockname()[1]} RTP/AVP 0\r\n")
        self.send("INVITE", self.placed, 1, f"<sip:{self.user}@127.0.0.1>", body)

    def on_message(self, text):
        number = re.search(r"^Call-ID: (\d+)-" + self.name, text, re.M)
        to = re.search(r"^To: (.*?)\r$", text, re.M)
        cseq = re.search(r"^CSeq: (\d+) (\w+)", text, re.M)
        if not text.startswith("SIP/2.0 ") or not (number and to and cseq):
            return
        number, status = int(number[1]), int(text[8:11])
        if cseq[2] == "BYE" and status == 200:
            self.ended += 1
        if cseq[2] != "INVITE" or status < 200:
            return
        self.send("ACK", number, 1, to[1])
        with self.lock:
            if status == 200 and number not in self.open and self.server:
                self.answered += 1
                self.open[number] = [time.monotonic() + self.hold, to[1], False]

    def run(self):
        self.sip.settimeout(0.005)
        self.media.setblocking(False)
        due = time.monotonic()
        while not self.stopped:
            now = time.monotonic()
            if self.server is None:
                due = now
            elif now >= due and self.placed < self.count:
                due = max(due + 1 / self.rate, now - 0.5)
                self.place()
            with self.lock:
                hang_up = [(n, c) for n, c in self.open.items() if now >= c[0] and not c[2]]
                for _, call in hang_up:
                    call[2] = True
            for number, call in hang_up:
                self.send("BYE", number, 2, call[1])
            try:
                while True:
                    self.media.recv(2048)
            except OSError:
                pass
            try:
                while True:
                    self.on_message(self.sip.recv(8192).decode(errors="replace"))
                    self.sip.settimeout(0)
            except OSError:
                self.sip.settimeout(0.005)

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        self.sip.close()
        self.media.close()
