#!/usr/bin/env python3
"""Calls of the Sofia-SIP telephone with others through the server: heard both ways, held, transferred, kept alive."""
import pathlib
import signal
import subprocess
import tempfile
import time

from harness import Server, check, main, need, wait_for
from phones import ADDRESS, Baresip, own_network
from sofia import Sofia

OPERATORS = (("1001", "Jiwon", "en", "available"), ("1002", "Mina", "en", "available"), ("1003", "Jun", "en", "available"))


def pbx(**more):
    return Server(**{"operators": OPERATORS, "address": ADDRESS, **more})


def talk_both_ways(one, two, asked_twice=False):
    """A call from each side, of three seconds. `asked_twice`: `one` takes the first offer and no stream of it."""
    for caller, callee, numbers in ((one, two.number, {one: 1, two: 1}), (two, one.number, {one: 2 + asked_twice, two: 2})):
        caller.call(callee)
        for phone, number in numbers.items():
            phone.wait("established", count=number)
        time.sleep(3)
        one.check_heard(two.frequency, 2, call=numbers[one])
        two.check_heard(one.frequency, 2, call=numbers[two])
        caller.do("bye", numbers[caller])
        for phone, number in numbers.items():
            phone.wait("ended", count=number)


def sofia_calls_baresip():
    with pbx() as server, Sofia(server, "1001", 440, codecs="PCMA") as one, Baresip(server, "1002", 700, codecs="PCMU/8000/1") as two:
        contact = server.http("/api/v1/operators/1001")["contacts"][0]
        check("sofia-sip/1." in contact["user_agent"] and contact["transport"] == "udp", f"{contact}")
        one.call("1002")
        one.wait("established")
        two.wait_event("CALL_ESTABLISHED")
        time.sleep(4)
        one.check_heard(700, 3)
        one.do("bye", 1)
        one.wait("ended")
        two.wait_event("CALL_CLOSED")
        two.check_heard(440, 3)
        call = server.ended_calls(1)[0]
        check(call["answered_by"] == "1002" and call["cause"] == "caller_hung_up", f"{call}")


def baresip_calls_sofia():
    with pbx() as server, Baresip(server, "1001", 440, codecs="PCMU/8000/1") as one, Sofia(server, "1002", 700, codecs="PCMA") as two:
        one.call("1002")
        two.wait("incoming")
        two.wait("established")
        one.wait_event("CALL_ESTABLISHED")
        time.sleep(4)
        two.check_heard(440, 3)
        one.hang_up()
        one.wait_event("CALL_CLOSED")
        told = two.wait("ended")
        one.check_heard(700, 3)
        heard = two.found("heard")[-1]
        check(heard["codec"] == "PCMA" and heard["foreign"] == 0, f"{heard}, {told}")
        check(server.ended_calls(1)[0]["answered_by"] == "1002", "somebody else answered")


def sofia_holds_and_resumes():
    with pbx() as server, Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700) as two:
        one.call("1002")
        one.wait("established")
        two.wait("established")
        time.sleep(3)
        one.check_heard(700, 2)
        two.check_heard(440, 2)
        for holder, held in ((one, two), (two, one)):
            holder.do("hold", 1)
            holder.wait("invite", status=200, call=1, count=2 if holder is one else 1)
            time.sleep(0.5)
            holder.heard(), held.heard()
            time.sleep(4)
            told = held.heard()
            check(told["other"] + sum(told["tones"].values()) - told["tones"].get(str(holder.frequency), 0) >= 2, f"no hold music: {told}")
            check(not told["tones"].get(str(holder.frequency)), f"the holder is heard: {told}")
            check(not holder.heard()["tones"].get(str(held.frequency)), "the held one is heard")
            holder.do("resume", 1)
            holder.wait("invite", status=200, call=1, count=3 if holder is one else 2)
            time.sleep(0.5)
            holder.heard(), held.heard()
            time.sleep(3)
            holder.check_heard(held.frequency, 2.5)
            held.check_heard(holder.frequency, 2.5)
        two.do("bye", 1)
        one.wait("ended")
        two.wait("ended")
        call = server.ended_calls(1)[0]
        check(call["cause"] == "agent_hung_up", f"{call}")


def sofia_transfers_blind():
    with pbx() as server, Baresip(server, "1001", 440) as one, Sofia(server, "1002", 700) as two, Baresip(server, "1003", 950) as three:
        one.call("1002")
        two.wait("established")
        time.sleep(3)
        two.do("refer", 1, two.uri("1003"))
        two.wait("refer", status=202)
        three.wait_event("CALL_ESTABLISHED")
        two.wait("refer_status", status=200)
        two.wait("ended", call=1)
        time.sleep(4)
        three.hang_up()
        three.wait_event("CALL_CLOSED")
        one.wait_event("CALL_CLOSED")
        two.check_heard(440, 2, last=True)
        one.check_heard(700, 2)
        one.check_heard(950, 3)
        three.check_heard(440, 3)
        check(server.ended_calls(1)[0]["answered_by"] == "1003", "record")


def sofia_transfers_after_asking():
    """Attended: 1002 holds 1001, calls 1003, then joins the two by REFER with Replaces."""
    with pbx() as server, Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700) as two, Baresip(server, "1003", 950) as three:
        one.call("1002")
        two.wait("established", call=1)
        time.sleep(2)
        one.check_heard(700, 1.5)
        two.check_heard(440, 1.5)
        two.do("hold", 1)
        two.wait("invite", status=200, call=1)
        two.call("1003")
        two.wait("established", call=2)
        three.wait_event("CALL_ESTABLISHED")
        time.sleep(3)
        two.check_heard(950, 2, call=2)
        two.do("attend", 1, 2, two.uri("1003"))
        two.wait("refer", status=202)
        two.wait("refer_status", status=200)
        two.wait("ended", call=1)
        two.wait("ended", call=2)
        one.heard()
        time.sleep(4)
        one.check_heard(950, 3)
        one.do("bye", 1)
        one.wait("ended")
        three.wait_event("CALL_CLOSED")
        three.check_heard(700, 2)
        three.check_heard(440, 3)
        causes = sorted(call["cause"] for call in server.ended_calls(2))
        check(causes == ["caller_hung_up", "transferred"], f"{causes}")


def reliable_ringing_between_sofia_phones():
    with pbx() as server, Sofia(server, "1001", 440, reliable="yes") as one, \
            Sofia(server, "1002", 700, reliable="yes", answer_after=1500) as two:
        one.call("1002")
        one.wait("prack", status=200)  # ours of the server's 180
        two.wait("got_prack")          # the server's of our 180
        one.wait("established")
        two.wait("established")
        time.sleep(3)
        one.check_heard(700, 2)
        two.check_heard(440, 2)
        one.do("bye", 1)
        two.wait("ended")


def session_is_kept_by_either_end():
    """Two calls of 90 s sessions: in one the telephones refresh, in the other the server does, both after about 45 s."""
    with pbx() as server, Sofia(server, "1001", 440, timer=90) as keeper, \
            Sofia(server, "1003", 950, timer=90, refreshes="no") as kept, Sofia(server, "1002", 700) as two:
        keeper.call("1002")
        kept.call("1002")
        for phone in (keeper, kept):
            phone.wait("established")
        two.wait("established", count=2)
        keeper.wait("update", 58, status=200)
        kept.wait("got_update", 20)
        for phone in (keeper, kept):
            phone.heard()
        time.sleep(2)
        for phone in (keeper, kept):
            phone.check_heard(700, 1.5)
            check(not phone.found("ended"), f"the call of {phone.number} ended")
            phone.do("bye", 1)
            phone.wait("ended")


def FieldNotes_N13_two_calls_end_while_draining_and_the_third_survives():
    with pbx() as server, Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700) as two:
        for number in (1, 2, 3):
            one.call("1002")
            one.wait("established", call=number)
        two.wait("established", count=3)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: any(line["event"] == "draining" for line in server.log()), 5, "no drain")
        one.do("bye", 1)
        two.do("bye", 2)
        for phone in (one, two):
            phone.wait("ended", count=2)
        one.call("1002")
        one.wait("invite", status=100, phrase="Retry After 10")  # what this stack makes of a 503 that says when
        one.heard(3), two.heard(3)
        time.sleep(3)
        check(server.process.poll() is None, "the server left a running call")
        one.check_heard(700, 2.5, call=3)
        two.check_heard(440, 2.5, call=3)
        one.do("bye", 3)
        two.wait("ended", call=3)
        check(server.process.wait(20) == 0, "exit code after the drain")


def sofia_by_tcp_is_called_on_its_connection():
    with pbx() as server, Sofia(server, "1001", 440, transport="tcp") as one, Sofia(server, "1002", 700) as two:
        check(server.http("/api/v1/operators/1001")["contacts"][0]["transport"] == "tcp", "1001 is not there by TCP")
        talk_both_ways(one, two)


def sofia_by_tls_checks_the_certificate_and_talks_to_a_plain_phone():
    need("openssl")
    with tempfile.TemporaryDirectory(prefix="daedap-tls-") as name:
        folder = pathlib.Path(name)
        for who in ("server", "phone"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/{who}.key", "-out", f"{folder}/{who}.pem",
                            "-days", "2", "-subj", f"/CN={ADDRESS}", "-addext", f"subjectAltName=IP:{ADDRESS}"], check=True, capture_output=True)
        (folder / "agent.pem").write_text((folder / "phone.pem").read_text() + (folder / "phone.key").read_text())
        (folder / "cafile.pem").write_text((folder / "server.pem").read_text())
        with pbx(sip=f", tls_port: 0, certificate: {folder}/server.pem, key: {folder}/server.key") as server:
            with Sofia(server, "1001", 440, transport="tls", certificates=folder) as one, Sofia(server, "1002", 700) as two:
                check(server.http("/api/v1/operators/1001")["contacts"][0]["transport"] == "tls", "1001 is not there by TLS")
                talk_both_ways(one, two, asked_twice=True)  # RTP/SAVP over TLS first, which it does not know
            (folder / "cafile.pem").write_text((folder / "phone.pem").read_text())
            stranger = Sofia(server, "1003", 950, transport="tls", certificates=folder)
            stranger.start()
            try:
                time.sleep(5)  # 1001 took a tenth of it
                check(not stranger.found("registered", status=200), "a certificate of somebody else was taken")
            finally:
                stranger.__exit__(None, None, None)


STORIES = [sofia_by_tls_checks_the_certificate_and_talks_to_a_plain_phone, FieldNotes_N13_two_calls_end_while_draining_and_the_third_survives, sofia_by_tcp_is_called_on_its_connection,
           sofia_calls_baresip, baresip_calls_sofia, sofia_holds_and_resumes, sofia_transfers_blind, sofia_transfers_after_asking,
           reliable_ringing_between_sofia_phones, session_is_kept_by_either_end]

if __name__ == "__main__":
    own_network()
    main(STORIES)
