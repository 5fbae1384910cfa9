#!/usr/bin/env python3
"""The SIP rules, asked by SIPp and by raw sockets."""
import pathlib
import re
import socket
import time

from harness import Server, check, main, sipp, wait_for

server = None


def normal_call():
    sipp(server, "normal.xml")
    call = server.ended_calls(1)[0]
    check(call["cause"] == "caller_hung_up", f"cause {call['cause']}")
    check(call["answered_by"] == "ai", f"answered by {call['answered_by']}")


def normal_call_over_tcp():
    sipp(server, "normal.xml", "-t", "t1")


def retransmitted_200_until_ack():
    # SIPp hides repeated answers, so this one is asked by hand.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]

        def say(method, cseq, to_tag="", branch="1"):
            s.sendto((f"{method} sip:1002@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKr{port}{branch}\r\n"
                      f"From: <sip:a@b>;tag=1\r\nTo: <sip:1002@127.0.0.1>{to_tag}\r\nCall-ID: resend-{port}\r\nCSeq: {cseq} {method}\r\n"
                      f"Contact: <sip:a@127.0.0.1:{port}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(),
                     ("127.0.0.1", server.sip_port))

        def listen(seconds, prefix):
            end, got = time.monotonic() + seconds, []
            while time.monotonic() < end:
                s.settimeout(max(0.01, end - time.monotonic()))
                try:
                    answer = s.recv(65536).decode()
                except socket.timeout:
                    break
                if answer.startswith(prefix):
                    got.append(answer)
            return got

        say("INVITE", 1)
        finals = listen(1.8, "SIP/2.0 200")
        check(len(finals) == 3, f"{len(finals)} answers in 1.8 s without ACK (0, 0.5 and 1.5 s were due)")
        tag = ";" + re.search(r"To: [^\r]*;(tag=[^\r;]+)", finals[0]).group(1)
        say("ACK", 1, tag, "2")
        check(not listen(4.5, "SIP/2.0 200"), "the 200 came again after the ACK")
        say("BYE", 2, tag, "3")
        check(listen(1, "SIP/2.0"), "no answer to the BYE")


def bye_when_no_ack_comes():
    sipp(server, "no_ack.xml", seconds=60)
    wait_for(lambda: [c for c in server.http("/api/v1/calls")["calls"] if c.get("cause") == "no_ack"], 10, "no call ended by no_ack")


def invite_without_sdp():
    sipp(server, "no_sdp.xml")


def reinvite_moves_port_and_codec_holds_and_update():
    sipp(server, "reinvite.xml")


def cancel_gets_487():
    with Server("ai: {ring_ms: 3000}\n") as ringing:
        sipp(ringing, "cancel.xml")
        check(ringing.ended_calls(1)[0]["cause"] == "caller_cancelled", "cause is not caller_cancelled")


def operator_who_is_not_away_gets_480():
    sipp(server, "unavailable.xml", user="1003")


def unknown_operator_gets_404():
    sipp(server, "unknown.xml", user="7777")


def no_common_codec_gets_488():
    sipp(server, "no_codec.xml")


def unknown_extension_gets_420():
    sipp(server, "extension.xml")


def options_are_answered():
    sipp(server, "options.xml")


def unknown_dialog_gets_481():
    sipp(server, "unknown_dialog.xml")


def info_dtmf_chooses_from_the_menu():
    before = len(server.ended_calls(0))
    sipp(server, "info_dtmf.xml", user="1001")
    calls = server.ended_calls(before + 1)
    check("1" in server.http(f"/api/v1/calls/{calls[0]['call_id']}")["digits"], "the digit was not taken")


def hundred_calls_at_ten_a_second():
    before = server.metric("daedap_calls_ended_total")
    sipp(server, "normal.xml", calls=100, rate=10, seconds=60)
    wait_for(lambda: server.metric("daedap_calls_ended_total") >= before + 100, 10, "not all calls ended")


def ask(text, seconds=2.0):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(seconds)
        port = s.getsockname()[1]
        s.sendto(text.replace("PORT", str(port)).replace("\n", "\r\n").encode(), ("127.0.0.1", server.sip_port))
        try:
            return s.recv(65536).decode()
        except socket.timeout:
            return ""


def malformed_request_gets_400():
    answer = ask("INVITE sip:1002@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bKx1;rport\nFrom: <sip:a@b>;tag=1\n"
                 "To: <sip:1002@127.0.0.1>\nCall-ID: broken-1\nCSeq: one INVITE\nMax-Forwards: 70\nContent-Length: 0\n\n")
    check(answer.startswith("SIP/2.0 400"), f"answer {answer[:60]!r}")
    check("rport=" in answer, "no rport in the answer")


def hundred_comes_at_once():
    text = ("INVITE sip:7777@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bKt%d;rport\nFrom: <sip:a@b>;tag=1\n"
            "To: <sip:7777@127.0.0.1>\nCall-ID: first-%d\nCSeq: 1 INVITE\nMax-Forwards: 70\nContact: <sip:a@127.0.0.1:PORT>\nContent-Length: 0\n\n")
    answers = [ask(text % (k, k)) for k in range(5)]
    check(all(a.startswith("SIP/2.0 100") for a in answers), f"first answers {[a[:20] for a in answers]}")


def torture_and_noise_do_not_stop_the_server():
    folder = pathlib.Path(__file__).resolve().parents[3] / "shared" / "sip-torture"
    messages = [p.read_bytes() for p in sorted(folder.glob("*.dat"))]
    if not messages:
        print("SKIPPED  the torture messages are not here; noise only")
    messages += [bytes((i * 7 + k) % 256 for i in range(k * 13)) for k in range(1, 200)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for message in messages * 5:
            s.sendto(message[:60000], ("127.0.0.1", server.sip_port))
            time.sleep(0.0005)
    check(server.process.poll() is None, "the server died")
    sipp(server, "options.xml")
    sipp(server, "normal.xml")


def stream_of_garbage_is_cut_off():
    with socket.create_connection(("127.0.0.1", server.sip_port), timeout=5) as s:
        s.settimeout(10)
        try:
            for _ in range(100):
                s.sendall(b"garbage without any line end " * 400)
            while s.recv(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
    sipp(server, "normal.xml", "-t", "t1")


def keep_alive_on_a_stream_gets_a_pong():
    with socket.create_connection(("127.0.0.1", server.sip_port), timeout=5) as s:
        s.sendall(b"\r\n\r\n")
        check(s.recv(16) == b"\r\n", "no pong")


def log_has_the_fixed_events():
    events = {line["event"] for line in server.log()}
    wanted = {"ai_orchestrator_injected", "callee_is_away_activating_ai", "ai_call_handling_start", "ai_call_ringing_sent",
              "ai_200_ok_sent", "ai_rtp_relay_started", "ai_call_session_started", "ai_call_bye_received", "ai_call_terminated"}
    check(wanted <= events, f"missing in the log: {wanted - events}")
    for line in server.log():
        check(not re.search(r"password|nonce=|response=", str(line)), f"a credential in the log: {line}")


if __name__ == "__main__":
    with Server("routing: {unregistered: reject}\n") as server:
        main([normal_call, normal_call_over_tcp, retransmitted_200_until_ack, bye_when_no_ack_comes, invite_without_sdp,
              reinvite_moves_port_and_codec_holds_and_update, cancel_gets_487, operator_who_is_not_away_gets_480,
              unknown_operator_gets_404, no_common_codec_gets_488, unknown_extension_gets_420, options_are_answered,
              unknown_dialog_gets_481, info_dtmf_chooses_from_the_menu, hundred_calls_at_ten_a_second,
              malformed_request_gets_400, hundred_comes_at_once, torture_and_noise_do_not_stop_the_server,
              stream_of_garbage_is_cut_off, keep_alive_on_a_stream_gets_a_pong, log_has_the_fixed_events])
