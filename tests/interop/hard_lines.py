#!/usr/bin/env python3
"""Phones on lines as they are: behind an address translator, on lossy and slow ones, on one that hears and is not heard."""
import json
import time

from harness import Server, check, main, wait_for
from links import Links
from phones import ADDRESS, Baresip, own_network
from sofia import Sofia

OPERATORS = (("1001", "Jiwon", "en", "available"), ("1002", "Mina", "en", "available"))


def pbx(**more):
    return Server(**{"operators": OPERATORS, "address": ADDRESS, **more})


def phone_behind_a_translator_is_called_back_and_heard():
    with pbx() as server, Links() as links:
        home, _ = links.translated()
        with Baresip(server, "1001", 440) as one, Baresip(server, "1002", 700, place=home, codecs="PCMU/8000/1") as two:
            seen = [line for line in server.log() if line["event"] == "sip_registered" and line["operator"] == "1002"][-1]
            check("@192.168.77.2:" in seen["contact"] and seen["source"].startswith("10.9.20.2:"), f"not behind a translator: {seen}")
            for caller, callee in ((one, two), (two, one)):
                caller.call(callee.number)
                for phone in (one, two):
                    phone.wait_event("CALL_ESTABLISHED", 1 if caller is one else 2)
                time.sleep(4)
                callee.hang_up()  # a BYE from either side of the translator
                for phone in (one, two):
                    phone.wait_event("CALL_CLOSED", 1 if caller is one else 2)
                one.check_heard(700, 3)
                two.check_heard(440, 3)
        check(all(call["answered_by"] in ("1001", "1002") for call in server.ended_calls(2)), "answered by nobody")


def both_hear_over(one, two, seconds, at_least):
    """A call of Sofia telephones; how long each hears the other's tone."""
    one.call(two.number)
    one.wait("established", 30)
    two.wait("established", 30)
    one.heard(), two.heard()
    time.sleep(seconds)
    one.check_heard(two.frequency, at_least)
    two.check_heard(one.frequency, at_least)


def lossy_slow_line_carries_a_call():
    """3 % lost, 60 ms and up to 30 ms more, so that packets overtake each other."""
    with pbx() as server, Links() as links:
        far, line = links.bad_line(30, loss=0.03, delay=60, jitter=30)
        with Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700, place=far) as two:
            both_hear_over(one, two, 8, 4.5)
            one.do("bye", 1)
            one.wait("ended", 20)
            two.wait("ended", 40)
            two.call("1001")
            for phone in (one, two):
                phone.wait("established", 30, count=2)
            two.do("bye", 2)
            one.wait("ended", 40, call=2)
        lost = line.counts()
        check(lost["lost"] >= 10 and lost["carried"] > 500, f"the line was too good: {lost}")
        calls = server.ended_calls(2)
        check(sorted(call["cause"] for call in calls) == ["caller_hung_up", "caller_hung_up"], f"{calls}")


def lost_sip_messages_are_sent_again():
    """Each third SIP message is lost in both directions, the first of them too."""
    with pbx() as server, Links() as links:
        far, line = links.bad_line(31, drop_sip=3)
        with Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700, place=far) as two:
            both_hear_over(one, two, 3, 2)
            one.do("bye", 1)
            one.wait("ended", 20)
            two.wait("ended", 40)
            two.call("1001")
            for phone in (one, two):
                phone.wait("established", 40, count=2)
            two.do("bye", 2)
            one.wait("ended", 40, call=2)
            two.wait("ended", 40, call=2)
        counts = line.counts()
        check(counts["sip_lost"] >= 8, f"too little was lost: {counts}")
        check(all(call["cause"] == "caller_hung_up" for call in server.ended_calls(2)), "cause")


def opus_with_error_correction_on_a_lossy_line():
    """Opus on the bad line, PCMU on the good one: what is lost is mended or concealed before it is transcoded."""
    with pbx() as server, Links() as links:
        far, _ = links.bad_line(32, loss=0.05, delay=40, jitter=15)
        with Baresip(server, "1002", 700, place=far, codecs="opus/48000/2", settings="opus_inbandfec yes\nopus_dtx yes\n") as two, \
                Sofia(server, "1001", 440, codecs="PCMU") as one:
            one.call("1002")
            one.wait("established", 30)
            two.wait_event("CALL_ESTABLISHED")
            time.sleep(1)
            one.heard()
            time.sleep(6)
            one.check_heard(700, 4)
            one.do("bye", 1)
            two.wait_event("CALL_CLOSED", seconds=40)
            two.check_heard(440, 4)
            check("useinbandfec=1" in two.tail(200_000), "error correction was not agreed on")


def doctor_names_the_leg_and_the_direction_without_audio():
    """What 1002 says is dropped on its way: it hears and is not heard."""
    with pbx() as server, Links() as links:
        mute = links.near(40)
        mute.nft("table ip mute {\n chain out {\n type filter hook output priority 0\n udp length 180 drop\n }\n}\n")
        with Sofia(server, "1001", 440) as one, Sofia(server, "1002", 700, place=mute) as two:
            one.call("1002")
            one.wait("established")
            two.wait("established")
            one.heard()
            time.sleep(4)
            two.check_heard(440, 3)
            check(not one.heard()["tones"], "the line is not blocked")
            one.do("bye", 1)
            two.wait("ended")
        call = server.ended_calls(1)[0]
        told = server.run("doctor", "--json", check_exit=False)
        items = [item for item in json.loads(told.stdout)["items"] if item["item"].startswith("call ")]
        check(told.returncode == 1 and len(items) == 1, f"exit {told.returncode}: {told.stdout}")
        found = items[0]
        check(call["call_id"][:8] in found["item"] and "1002" in found["what"] and "problem" == found["state"], f"{found}")
        print("        " + found["what"] + " -> " + found["do"])


STORIES = [phone_behind_a_translator_is_called_back_and_heard, lossy_slow_line_carries_a_call, lost_sip_messages_are_sent_again,
           opus_with_error_correction_on_a_lossy_line, doctor_names_the_leg_and_the_direction_without_audio]

if __name__ == "__main__":
    own_network()
    main(STORIES)
