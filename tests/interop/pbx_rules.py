#!/usr/bin/env python3
"""Telephones, calls between them and a provider, played by SIPp and by raw sockets."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness import DAEDAP, HERE, Server, check, main, need, sipp, wait_for

PEOPLE = (("1002", "Mina", "en", "available"), ("1003", "Jun", "ko", "available"))
RULES = "routing: {no_answer_timeout_s: 2, unregistered: reject, busy: reject, declined: reject}\n"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_accounts(server, operators):
    """Passwords are made before the server starts, which sees later ones only after a moment."""
    server.passwords = {}
    for operator in operators:
        text = server.run("operator", "password", operator).stdout
        found = re.search(r"password[\":\s]+([A-Za-z0-9]{20})", text)
        check(found, f"no password in {text}")
        server.passwords[operator] = found.group(1)
    return server


def pbx(extra=RULES, **more):
    return with_accounts(Server(extra, operators=PEOPLE, **more), ("1002", "1003"))


def register(server, operator, port, password, scenario="register.xml", expires=600, contact=None):
    contact = contact or f"<sip:desk@127.0.0.1:{port}>"
    # From the port where its calls will come: the way of a REGISTER is the way back.
    own = ("-p", str(port)) if port else ()
    sipp(server, scenario, *own, "-au", operator, "-ap", password, "-key", "contact", contact, "-key", "expires", str(expires), user=operator)


@contextlib.contextmanager
def desk(server, scenario, *words, operator="1002", calls=1, port=None):
    """A telephone of the operator, registered and played by SIPp, that must be through in the end."""
    need("sipp")
    registered = port is None
    port = port or free_port()
    if registered:
        register(server, operator, port, server.passwords[operator])
        wait_for(lambda: server.http(f"/api/v1/operators/{operator}")["registered"], 5, "the telephone is not known")
    work = tempfile.mkdtemp(prefix="sipp-")
    command = ["sipp", f"127.0.0.1:{server.sip_port}", "-sf", str(HERE / "sipp" / scenario), "-i", "127.0.0.1", "-p", str(port),
               "-m", str(calls), "-nostdin", "-timeout", "300", "-timeout_error", "-trace_err", "-error_file", f"{work}/errors.txt", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
    try:
        time.sleep(0.5)
        yield port
        code = process.wait(20)
        errors = pathlib.Path(work, "errors.txt")
        check(code == 0, f"{scenario}: exit {code}\n{errors.read_text()[:3000] if errors.exists() else ''}")
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(work, ignore_errors=True)


def only_call(server):
    return server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")


def place(server, user="1002", sender="customer", extra="", hops=70):
    """Places a call by hand: all statuses and the final response, which gets its ACK."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(8)
        port = s.getsockname()[1]
        sdp = f"v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"

        def say(method, to_tag="", body=""):
            s.sendto((f"{method} sip:{user}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKp{port}\r\n"
                      f"From: <sip:{sender}@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>{to_tag}\r\nCall-ID: by-hand-{port}-{os.getpid()}\r\n"
                      f"CSeq: 1 {method}\r\nContact: <sip:t@127.0.0.1:{port}>\r\nMax-Forwards: {hops}\r\n{extra}"
                      f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode(), ("127.0.0.1", server.sip_port))

        say("INVITE", body=sdp)
        seen = []
        while not seen or seen[-1] < 200:
            answer = s.recv(65536).decode()
            seen.append(int(answer.split(" ", 2)[1]))
        say("ACK", ";" + re.search(r"To: [^\r]*;(tag=[^\r;]+)", answer).group(1))
        return seen, answer


# ---- registration --------------------------------------------------------------------------------


def telephones_register_refresh_and_go():
    with pbx() as server:
        password = server.passwords["1002"]
        contacts = lambda: server.http("/api/v1/operators/1002")["contacts"]
        register(server, "1002", 5071, password)
        register(server, "1002", 5072, password)
        wait_for(lambda: len(contacts()) == 2, 5, f"two telephones are {contacts()}")
        register(server, "1002", 5071, password, expires=0)
        wait_for(lambda: len(contacts()) == 1, 5, "the telephone that went is still there")
        register(server, "1002", 0, password, scenario="register_brief.xml", expires=5)
        register(server, "1002", 0, password, expires=0, contact="*")
        wait_for(lambda: not contacts(), 5, "a telephone is left")


def wrong_passwords_are_answered_slowly_and_get_banned():
    with pbx() as server:
        times = []
        for _ in range(5):
            began = time.monotonic()
            register(server, "1002", 5071, "wrong", scenario="register_wrong.xml")
            times.append(time.monotonic() - began)
        check(min(times) > 0.2, f"a wrong password was answered at once: {times}")
        wait_for(lambda: server.metric("daedap_sip_banned") == 1, 5, "nobody is banned")
        check([line for line in server.log() if line.get("event") == "sip_source_banned"], "the ban is not in the log")
        check(server.passwords["1002"] not in str(server.log()), "a password in the log")


# ---- calls between people ------------------------------------------------------------------------


def two_telephones_talk():
    with pbx() as server:
        with desk(server, "desk.xml"):
            sipp(server, "caller.xml")
        call = only_call(server)
        check(call["answered_by"] == "1002" and call["cause"] == "caller_hung_up", f"{call['answered_by']} {call['cause']}")


def early_media_reaches_the_caller():
    with pbx() as server, desk(server, "desk_early.xml"):
        sipp(server, "caller_early.xml")


def reliable_ringing_is_acknowledged():
    with pbx() as server, desk(server, "desk_reliable.xml"):
        sipp(server, "caller_early.xml")


def caller_may_require_reliable_ringing():
    with pbx() as server, desk(server, "desk.xml"):
        sipp(server, "caller_reliable.xml")


def cancel_reaches_the_telephone():
    with pbx() as server:
        with desk(server, "desk_rings.xml"):
            sipp(server, "caller_cancels.xml")
        check(only_call(server)["cause"] == "caller_cancelled", "cause")


def ai_answers_on_the_same_dialog_when_nobody_does():
    with pbx("routing: {no_answer_timeout_s: 2, no_answer: ai}\n") as server:
        with desk(server, "desk_rings.xml"):
            sipp(server, "caller.xml")
        call = only_call(server)
        check(call["answered_by"] == "ai" and call["path"] == ["1002:no_answer", "ai"], f"{call['answered_by']} {call.get('path')}")


def hold_reaches_the_far_telephone():
    with pbx() as server, desk(server, "desk_held.xml"):
        sipp(server, "caller_holds.xml")


def session_timer_is_agreed_on_and_updated():
    with pbx() as server:
        with desk(server, "desk.xml"):
            sipp(server, "caller_updates.xml")
        sipp(server, "caller_brief_session.xml")


def strangers_may_not_transfer():
    with pbx() as server, desk(server, "desk.xml"):
        sipp(server, "caller_refers.xml")


def calls_that_may_not_be_are_refused():
    with pbx() as server:
        seen, answer = place(server, extra="Replaces: nobody@nowhere;to-tag=1;from-tag=2\r\n")
        check(seen[-1] == 481, f"Replaces of an unknown dialog: {seen}")
        check(place(server, hops=0)[0][-1] == 483, "Max-Forwards 0")
        seen, answer = place(server, sender="1003")
        check(seen[-1] == 407 and "Proxy-Authenticate: Digest" in answer, f"who says to be an operator need not prove it: {seen}")


def forwards_in_a_circle_end():
    with pbx() as server:
        for one, other in (("1002", "1003"), ("1003", "1002")):
            server.http(f"/api/v1/operators/{one}", "PATCH", {"on_miss": {"unregistered": "forward"}, "forward_to": other})
        wait_for(lambda: place(server)[0][-1] == 482, 5, "no 482")


# ---- a provider ----------------------------------------------------------------------------------


class Provider:
    """A second Daedap that plays the provider: operator `daedap` is our account, others its numbers."""

    def __init__(self):
        self.server = Server("routing: {unregistered: reject}\nrecording: {enabled: false}\n", operators=(("0212345678", "We", "en", "available"),
                                                                     ("01012345678", "Mobile", "en", "away")))
        self.password = with_accounts(self.server, ("0212345678",)).passwords["0212345678"]

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *error):
        self.server.__exit__(*error)


def trunk_lines(servers, password):
    return ("trunks:\n"
            f"  - {{name: main, servers: [{', '.join(servers)}], user: '0212345678', password: '{password}', registers: true, "
            "inbound_to: '1002', caller_id: '0212345678', expires_s: 60}\n"
            "routes:\n  - {pattern: '010XXXXXXXX', trunk: main}\n")


def provider_registers_us_and_its_call_reaches_an_operator():
    with Provider() as provider:
        with pbx(RULES + trunk_lines([f"127.0.0.1:{provider.server.sip_port}"], provider.password)) as server:
            wait_for(lambda: provider.server.http("/api/v1/operators/0212345678")["registered"], 10, "we are not registered there")
            with desk(server, "desk.xml"):
                sipp(provider.server, "caller.xml", user="0212345678")
            call = only_call(server)
            check(call["answered_by"] == "1002" and call["cause"] == "caller_hung_up", f"{call['answered_by']} {call['cause']}")


def operator_calls_out_and_a_failing_server_is_passed_over():
    with Provider() as provider, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as broken:
        broken.bind(("127.0.0.1", 0))
        first = broken.getsockname()[1]
        lines = trunk_lines([f"127.0.0.1:{first}", f"127.0.0.1:{provider.server.sip_port}"], provider.password)
        with pbx(RULES + lines.replace("registers: true", "registers: false")) as server:
            password = server.passwords["1002"]
            work = subprocess.Popen([DAEDAP, "call", f"sip:01012345678@127.0.0.1:{server.sip_port}", "--json", "--user",
                                     "1002", "--password", password, "--wait", "2"], stdout=subprocess.PIPE, text=True)
            broken.settimeout(10)
            asked, peer = broken.recvfrom(65536)
            asked = asked.decode()
            check(asked.startswith("INVITE sip:01012345678@"), f"asked for {asked[:60]}")
            check("sip:0212345678@" in re.search(r"From: ([^\r]*)", asked).group(1), "our caller id is not shown")
            head = "".join(line + "\r\n" for line in asked.split("\r\n") if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq"))
            to = re.search(r"(To: [^\r]*)", asked).group(1)
            broken.sendto(f"SIP/2.0 503 Service Unavailable\r\n{head}{to};tag=x\r\nContent-Length: 0\r\n\r\n".encode(), peer)
            out = work.communicate(timeout=30)[0]
            check('"answered": true' in out or '"answered":true' in out, f"the second server was not tried: {out}")
            check(provider.server.ended_calls(1)[0]["callee"] == "01012345678", "the number that arrived")


# ---- field notes ---------------------------------------------------------------------------------


def FieldNotes_N15_ten_thousand_bridged_calls_leave_nothing():
    count = int(os.environ.get("DAEDAP_GROWTH_CALLS", "10000"))
    rate = int(os.environ.get("DAEDAP_GROWTH_RATE", "100"))
    warm = min(count, 2000)
    # Each call has two port pairs, and each pair rests 30 s.
    with pbx(RULES + "recording: {enabled: false}\n", ports=20000) as server:
        with desk(server, "desk_fast.xml", calls=warm + count):
            def run(calls):
                sipp(server, "caller_fast.xml", calls=calls, rate=rate, seconds=60 + 3 * calls // rate)
                wait_for(lambda: server.metric("daedap_calls_running") == 0, 20, "calls still run")
                time.sleep(35)  # transactions (32 s) and resting ports (30 s) are gone
            run(warm)
            memory, descriptors = server.resident_kb(), server.descriptors()
            run(count)
        grown = server.resident_kb() - memory
        print(f"        {count} bridged calls: {grown} KB more, descriptors {descriptors} -> {server.descriptors()}")
        check(server.descriptors() <= descriptors + 2, f"descriptors {descriptors} -> {server.descriptors()}")
        check(grown < 2 * count, f"{grown} KB more after {count} calls")


if __name__ == "__main__":
    main([telephones_register_refresh_and_go, wrong_passwords_are_answered_slowly_and_get_banned, two_telephones_talk,
          early_media_reaches_the_caller, reliable_ringing_is_acknowledged, caller_may_require_reliable_ringing,
          cancel_reaches_the_telephone, ai_answers_on_the_same_dialog_when_nobody_does,
          hold_reaches_the_far_telephone, session_timer_is_agreed_on_and_updated, strangers_may_not_transfer,
          calls_that_may_not_be_are_refused, forwards_in_a_circle_end, provider_registers_us_and_its_call_reaches_an_operator,
          operator_calls_out_and_a_failing_server_is_passed_over,
          FieldNotes_N15_ten_thousand_bridged_calls_leave_nothing])
