#!/usr/bin/env python3
"""Calls of real telephones through the server: what each end says has to be heard at the other."""
import json
import subprocess
import tempfile
import time

from harness import DAEDAP, Server, check, main, need, wait_for
from phones import ADDRESS, Baresip, Linphone, Wire, channels, check_tone, own_network, share_of_tone
from sofia import Sofia

OPERATORS = (("1001", "Jiwon", "en", "available"), ("1002", "Mina", "en", "available"), ("1003", "Jun", "en", "available"))


def pbx(**more):
    return Server(**{"operators": OPERATORS, "address": ADDRESS, **more})


def talk(caller, callee, seconds=4, number=None):
    """One call from ringing to `seconds` of talk."""
    caller.call(number or callee.number)
    caller.wait_event("CALL_ESTABLISHED")
    callee.wait_event("CALL_ESTABLISHED")
    time.sleep(seconds)


def check_recording(server, call_id, customer, agent, seconds):
    wait_for(lambda: server.http(f"/api/v1/calls/{call_id}")["recording"], 10, "no recording")
    path = server.folder / "recording.wav"
    path.write_bytes(server.http(f"/api/v1/calls/{call_id}/recording.wav", raw=True))
    rate, (left, right) = channels(path)
    check_tone(left, rate, customer, seconds, "recording, customer")
    check_tone(right, rate, agent, seconds, "recording, agent")


def two_phones_register_and_hear_each_other():
    with pbx() as server, Baresip(server, "1001", 440) as one, Baresip(server, "1002", 700) as two:
        contact = server.http("/api/v1/operators/1001")["contacts"][0]
        check(contact["transport"] == "udp" and "baresip" in contact["user_agent"] and 0 < contact["expires_in_s"] <= 60, f"{contact}")
        check(not server.http("/api/v1/operators/1003")["registered"], "1003 has no phone")
        for round, last in enumerate((one, two), 1):
            talk(one, two)
            running = server.http("/api/v1/operators/1002")["current_call"]
            check(running, "1002's call is not shown")
            last.hang_up()
            for phone in (one, two):
                phone.wait_event("CALL_CLOSED", round)
            one.check_heard(700, 3)
            two.check_heard(440, 3)
            server.ended_calls(round)
            call = server.http(f"/api/v1/calls/{running}")
            check(call["answered_by"] == "1002" and len(call["legs"]) == 2, f"record {json.dumps(call)}")
            check(all(leg["packets_received"] > 150 and leg["packets_lost"] == 0 for leg in call["legs"]), f"legs {call['legs']}")
            check_recording(server, running, 440, 700, 3)
        check("407 Proxy Authentication Required" in one.tail(), "the caller was not asked who it is")


def both_hear(server, one, two, number=None):
    """One calls two; both have to hear the other's tone. Gives the record."""
    before = len(server.http("/api/v1/calls?limit=200")["calls"])
    talk(one, two, number=number)
    one.hang_up()
    one.wait_event("CALL_CLOSED")
    two.wait_event("CALL_CLOSED")
    one.check_heard(two.frequency, 3)
    two.check_heard(one.frequency, 3)
    return server.ended_calls(before + 1)[0]


def check_codecs(server, *names):
    """What the caller's and the callee's leg of the last call spoke."""
    bridged = [line for line in server.log() if line["event"] == "call_bridged"][-1]
    found = (bridged["customer_codec"], bridged["agent_codec"])
    check(found == names and bridged["relayed"] == (names[0] == names[1]), f"{bridged}")


def codecs(first, second, **more):
    with pbx() as server, Baresip(server, "1001", 440, codecs=first, **more) as one, Baresip(server, "1002", 700, codecs=second, **more) as two:
        both_hear(server, one, two)
        check_codecs(server, first.split("/")[0], second.split("/")[0])


def two_phones_talk_g722():
    codecs("G722/16000/1", "G722/16000/1")


def two_phones_talk_opus():
    codecs("opus/48000/2", "opus/48000/2")


def two_phones_talk_gsm():
    codecs("GSM/8000/1", "GSM/8000/1", modules=("gsm",))


def gsm_phone_and_g722_phone_understand_each_other():
    codecs("GSM/8000/1", "G722/16000/1", modules=("gsm",))


def opus_phone_and_pcmu_phone_understand_each_other():
    codecs("opus/48000/2", "PCMU/8000/1")
    codecs("PCMU/8000/1", "opus/48000/2")


def check_encrypted(phone, times):
    enabled = phone.tail(200_000).count("SRTP is Enabled")
    check(enabled == times, f"{phone.number}: SRTP in {enabled} of {times} calls")


def encrypted_phone_talks_to_a_plain_one():
    need("openssl")
    with tempfile.TemporaryDirectory(prefix="daedap-tls-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/chain.pem",
                        "-days", "2", "-subj", f"/CN={ADDRESS}", "-addext", f"subjectAltName=IP:{ADDRESS}"], check=True, capture_output=True)
        with pbx(sip=f", tls_port: 0, certificate: {folder}/chain.pem, key: {folder}/key.pem") as server, \
                Baresip(server, "1001", 440, transport="tls", account=";mediaenc=srtp", modules=("srtp",)) as one, \
                Baresip(server, "1002", 700) as two:
            check(server.http("/api/v1/operators/1001")["contacts"][0]["transport"] == "tls", "1001 is not there by TLS")
            both_hear(server, one, two)
            check_encrypted(one, 1)
            talk(two, one)
            two.hang_up()
            two.wait_event("CALL_CLOSED", 2)
            one.wait_event("CALL_CLOSED", 2)
            one.check_heard(700, 3)
            two.check_heard(440, 3)
            check_encrypted(one, 2)


def runs_of_tone(samples, rate, frequency):
    """[(is tone, seconds)], blips of up to 0.2 s taken out."""
    step = rate // 10
    marks = [share_of_tone(samples[i:i + step], rate, frequency) > 0.8 for i in range(0, len(samples) - step + 1, step)]
    runs = []
    for mark in marks:
        if runs and runs[-1][0] == mark:
            runs[-1][1] += 0.1
        else:
            runs.append([mark, 0.1])
    long = []
    for mark, seconds in runs:
        if seconds > 0.25:
            if long and long[-1][0] == mark:
                long[-1][1] += seconds
            else:
                long.append([mark, seconds])
    return long


def held_caller_hears_music_until_the_call_is_resumed():
    with pbx() as server, Baresip(server, "1001", 440, codecs="PCMU/8000/1") as one, \
            Baresip(server, "1002", 700, codecs="PCMU/8000/1") as two, Wire() as wire:
        talk(one, two, 3)
        one.do("hold")
        time.sleep(4)
        one.do("resume")
        time.sleep(3)
        two.do("hold")
        time.sleep(4)
        two.do("resume")
        time.sleep(3)
        two.hang_up()
        one.wait_event("CALL_CLOSED")
        two.wait_event("CALL_CLOSED")
        for phone, other, samples in zip((two, one), (one, two), wire.rtp_to(two, one)):
            runs = runs_of_tone(samples, 8000, other.frequency)
            told = f"{phone.number} got {runs}"
            check(runs[0][0] and runs[-1][0] and sum(seconds for kind, seconds in runs if kind) >= 7, told)
            music = voice_seconds(samples, 8000, [other.frequency])
            check(any(not kind and seconds >= 3 for kind, seconds in runs) and music >= 2, f"{told}, {music} s of music")


def transferred(by_caller):
    with pbx() as server, Baresip(server, "1001", 440) as one, Baresip(server, "1002", 700) as two, \
            Baresip(server, "1003", 950) as three:
        talk(one, two)
        leaving, staying = (one, two) if by_caller else (two, one)
        leaving.do("transfer", f"sip:1003@{leaving.domain}")
        three.wait_event("CALL_ESTABLISHED")
        leaving.wait_event("CALL_CLOSED")
        time.sleep(4)
        three.hang_up()
        three.wait_event("CALL_CLOSED")
        staying.wait_event("CALL_CLOSED")
        leaving.check_heard(staying.frequency, 3)
        staying.check_heard(leaving.frequency, 3)
        staying.check_heard(950, 3)
        three.check_heard(staying.frequency, 3)
        call = server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")
        check(call["answered_by"] == "1003" and len(call["legs"]) == 3, f"record {json.dumps(call)}")


def called_phone_transfers_the_caller():
    transferred(by_caller=False)


def calling_phone_transfers_the_callee():
    transferred(by_caller=True)


def voice_seconds(samples, rate, tones=()):
    """How long something is to be heard that is none of the tones."""
    step = rate // 10
    parts = [samples[i:i + step] for i in range(0, len(samples) - step + 1, step)]
    return sum(max(map(abs, part)) > 300 and all(share_of_tone(part, rate, tone) < 0.5 for tone in tones) for part in parts) / 10


def unanswered_phone_leaves_the_caller_to_the_assistant():
    with pbx(extra="routing: {no_answer_timeout_s: 3, no_answer: ai}\n") as server, \
            Baresip(server, "1001", 440) as one, Baresip(server, "1002", 700, answers=False) as two:
        one.call("1002")
        two.wait_event("CALL_INCOMING")
        one.wait_event("CALL_ESTABLISHED")
        two.wait_event("CALL_CLOSED")
        time.sleep(5)
        one.hang_up()
        one.wait_event("CALL_CLOSED")
        rate, samples = one.heard()
        voice = voice_seconds(samples, rate, [440, 700])
        check(voice >= 0.2, f"no greeting: {voice} s of voice")  # the phone's tone talks the assistant down
        call = server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")
        check(call["answered_by"] == "ai" and call["path"] == ["1002:no_answer", "ai"], f"record {json.dumps(call)}")


def operator_takes_a_call_from_the_assistant():
    operators = (("1001", "Jiwon", "en", "available"), ("1002", "Mina", "en", "away"))
    with pbx(operators=operators) as server, Baresip(server, "1001", 440) as phone:
        heard = server.folder / "heard.wav"
        caller = subprocess.Popen([DAEDAP, "call", f"sip:1002@{ADDRESS}:{server.sip_port}", "--json", "--quiet", "--wait", "14", "--record", str(heard)],
                                  stdout=subprocess.PIPE, text=True)
        try:
            def led():
                calls = server.http("/api/v1/calls")["calls"]
                return calls and calls[0]["state"] == "running" and calls[0]["answered_by"] == "ai" and calls[0]["call_id"]
            call_id = wait_for(led, 10, "the assistant did not answer")
            time.sleep(2)
            server.http(f"/api/v1/calls/{call_id}/takeover", "POST", {"operator": "1001"})
            phone.wait_event("CALL_ESTABLISHED")
            report = json.loads(caller.communicate(timeout=60)[0])
        finally:
            caller.kill()
            caller.wait()
        check(report["answered"] and report["packets_lost"] == 0, f"report {report}")
        phone.wait_event("CALL_CLOSED")
        rate, (samples,) = channels(heard)
        check_tone(samples, rate, 440, 4, "the caller")
        check(voice_seconds(samples, rate, [440]) > 1, "the caller did not hear the greeting")
        call = server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")
        check(call["answered_by"] == "1001", f"record {json.dumps(call)}")


def linphone_calls_and_is_heard():
    with pbx() as server, Linphone(server, "1003", 700) as one, Baresip(server, "1001", 440) as two:
        one.call("1001")
        two.wait_event("CALL_ESTABLISHED")
        time.sleep(5)
        two.hang_up()
        two.wait_event("CALL_CLOSED")
        one.wait_said("ended")
        two.check_heard(700, 3)
        call = server.ended_calls(1)[0]
        check(call["answered_by"] == "1001" and call["caller"] == "1003", f"{call}")
        check_recording(server, call["call_id"], 700, 440, 3)
        one.check_heard(440, 3)


def linphone_transfers_after_asking():
    """1003 calls 1001, then 1002 while 1001 is on hold, then joins the two by REFER with Replaces."""
    with pbx() as server, Sofia(server, "1001", 440) as one, Sofia(server, "1002", 950) as two, Linphone(server, "1003", 700) as three:
        three.call("1001")
        one.wait("established")
        time.sleep(3)
        one.check_heard(700, 2)
        three.do("pause")
        time.sleep(1)
        three.call("1002")
        two.wait("established")
        time.sleep(3)
        two.check_heard(700, 2)
        three.do("transfer 1 --to-call 2")
        time.sleep(2)
        one.heard(), two.heard()
        time.sleep(4)
        one.check_heard(950, 3)
        two.check_heard(440, 3)
        one.do("bye", 1)
        two.wait("ended")
        causes = sorted(call["cause"] for call in server.ended_calls(2))
        check(causes == ["agent_hung_up", "transferred"] or causes == ["caller_hung_up", "transferred"], f"{causes}")


def phone_that_insists_on_encryption_is_called_by_a_plain_one():
    """It takes only an offer of RTP/SAVP: our first one is plain, and the refusal brings another."""
    with pbx() as server, Baresip(server, "1001", 440) as one, \
            Baresip(server, "1002", 700, account=";mediaenc=srtp-mand", modules=("srtp",)) as two:
        both_hear(server, one, two)
        check_encrypted(two, 1)
        check("SRTP is Enabled" not in one.tail(200_000), "the caller was plain")


def linphone_is_called_and_heard():
    with pbx() as server, Baresip(server, "1001", 440) as one, Linphone(server, "1003", 700) as two:
        one.call("1003")
        one.wait_event("CALL_ESTABLISHED")
        time.sleep(5)
        one.hang_up()
        one.wait_event("CALL_CLOSED")
        two.wait_said("ended")
        one.check_heard(700, 3)
        call_id = server.ended_calls(1)[0]["call_id"]
        check(server.http(f"/api/v1/calls/{call_id}")["answered_by"] == "1003", "somebody else answered")
        check_recording(server, call_id, 440, 700, 3)
        two.check_heard(440, 3)


STORIES = [two_phones_register_and_hear_each_other, linphone_is_called_and_heard, linphone_calls_and_is_heard, linphone_transfers_after_asking,
           phone_that_insists_on_encryption_is_called_by_a_plain_one, two_phones_talk_g722,
           two_phones_talk_gsm, gsm_phone_and_g722_phone_understand_each_other, two_phones_talk_opus,
           opus_phone_and_pcmu_phone_understand_each_other, encrypted_phone_talks_to_a_plain_one,
           held_caller_hears_music_until_the_call_is_resumed, called_phone_transfers_the_caller,
           calling_phone_transfers_the_callee, unanswered_phone_leaves_the_caller_to_the_assistant,
           operator_takes_a_call_from_the_assistant]

if __name__ == "__main__":
    own_network()
    main(STORIES)
