#!/usr/bin/env python3
"""Two people on a bridged call, heard apart by the listener: what each said comes to a consumer and into the record."""
import time

from events import EXTENDED, KEYS, Consumer, config, judge
from harness import Server, check, main, wait_for
from ingest import heard, said, talk
from voices import Speaker, Voice

OPERATORS = (("1002", "Mina", "en", "available"),)
# Seconds and recordings. They start together at 9 s; None: the last word ends with the last packet before BYE.
CUSTOMER = [(1, "en_01.wav"), (9, "en_05.wav"), (None, "en_29.wav")]
AGENT = [(5, "en_10.wav"), (9.3, "en_32.wav")]
LENGTH = 16


def stopped_within(server, seconds):
    start = time.monotonic()
    check(server.stop() == 0, "exit code of the server")
    took = time.monotonic() - start
    print(f"        the server stopped in {took:.1f} s")
    check(took < seconds, f"the server took {took:.1f} s to stop")


def check_conversation(call):
    figures = call["conversation"]
    for side in ("customer", "agent"):
        check(0.1 < figures["talk_ratio"][side] < 0.6, f"talk ratio {figures}")
    check(figures["overlaps"] >= 1 and 400 < figures["overlap_ms"] < 2000, f"overlaps {figures}")
    response = figures["response"]["agent"]
    check(response["count"] >= 1 and 1000 < response["longest_ms"] < 4000, f"responses {figures}")


def check_turns(turns, texts, speaker, wanted):
    """Each recording has its turn, in the order in which they were said, with the contract's and the extended fields."""
    own = [turn for turn in turns if turn["speaker"] == speaker and turn["transcript"]]
    got = [heard({"turns": [{"speaker": speaker, "text": turn["transcript"]}]}, speaker, texts)[0] for turn in own]
    check(got == wanted, f"{speaker}: {own}, said was {wanted}")
    for turn in own:
        check(list(turn) == KEYS["turn_complete"] + EXTENDED["turn_complete"], f"keys {list(turn)}")
        check(turn["decision"] in ("complete", "incomplete") and 0 <= turn["fusion_score"] <= 1, f"{turn}")
        check(turn["language"] == "en" and turn["wait_ms"] >= 0 and turn["silence_ms"] >= 0 and turn["reasons"], f"{turn}")


def two_voices_of_a_bridged_call_are_told_apart():
    text = said()
    with Consumer() as consumer:
        extra = config(consumer).replace("recording: {enabled: false}\n", "")
        with Server(extra, operators=OPERATORS, listen=True) as server:
            with Voice(server, "1002") as agent, Voice(server, "+821012345678") as customer:
                wait_for(lambda: server.metric("daedap_event_consumer_connected") == 1, 10, "not connected")
                customer.call("1002")
                speakers = [Speaker(customer.media_port, CUSTOMER, LENGTH, 11, customer.rtp),
                            Speaker(agent.media_port, AGENT, LENGTH, 12, agent.rtp)]
                talk(speakers)
                customer.hang_up()
                check(agent.ended.wait(5), "the agent's telephone was not told of the end")
                call_id = server.ended_calls(1)[0]["call_id"]
                wait_for(lambda: any(e["type"] == "metadata_end" for e in consumer.events()), 10, "no metadata_end")
                call = server.http(f"/api/v1/calls/{call_id}")
                for phone in (customer, agent):
                    check(phone.loud_seconds() > 1.5, f"{phone.number} heard {phone.loud_seconds()} s in {len(phone.heard) / 50} s")
            stopped_within(server, 5)
        judge(consumer, {call_id})
        events = consumer.events()
        check((events[0]["customer_number"], events[0]["agent_id"]) == ("+821012345678", "1002"), f"start {events[0]}")
        for event in (events[0], events[-1]):
            check(list(event) == KEYS[event["type"]] + EXTENDED[event["type"]], f"keys {list(event)}")
        everything = [text[name] for _, name in CUSTOMER + AGENT]
        for speaker, script in (("customer", CUSTOMER), ("agent", AGENT)):
            wanted = [text[name] for _, name in script]
            check_turns(events[1:-1], everything, speaker, wanted)
            check(heard(call, speaker, everything) == wanted, f"record: {call['turns']}")
        last = [turn for turn in events[1:-1] if turn["speaker"] == "customer"][-1]
        check(0 <= call["duration_ms"] / 1000 - last["end_time"] < 0.5, f"the last words: {last}")
        check(call["cause"] == "caller_hung_up" and all(leg["packets_lost"] > 0 for leg in call["legs"]), f"{call}")
        check_conversation(call)


def FieldNotes_N18_stalled_consumer_delays_no_bridged_call():
    text = said()
    with Consumer() as steady, Consumer() as lazy, Server(config(steady, lazy), operators=OPERATORS, listen=True) as server:
        with Voice(server, "1002") as agent, Voice(server, "+821012345678") as customer:
            wait_for(lambda: server.metric("daedap_event_consumer_connected") == 2, 10, "not connected")
            lazy.stall(True)
            customer.call("1002")
            talk([Speaker(customer.media_port, [(2, "en_01.wav"), (24, "en_29.wav")], 30, 13, customer.rtp, loss=0),
                  Speaker(agent.media_port, [(8, "en_10.wav")], 30, 14, agent.rtp, loss=0)])
            customer.hang_up()
            call_id = server.ended_calls(1)[0]["call_id"]
            wait_for(lambda: any(e["type"] == "metadata_end" for e in steady.events()), 10, "no metadata_end")
            check(not lazy.events(), "a stalled consumer took something")
            call = server.http(f"/api/v1/calls/{call_id}")
            check(all(leg["packets_received"] >= 1490 and leg["packets_lost"] == 0 for leg in call["legs"]), f"{call['legs']}")
            for phone in (customer, agent):
                check(len(phone.heard) > 1450, f"{phone.number} got {len(phone.heard)} packets of 30 s")
        lazy.stall(False)
        wait_for(lambda: any(e["type"] == "metadata_end" for e in lazy.events()), 30, "the stalled consumer never got the end")
        for consumer in (steady, lazy):
            judge(consumer, {call_id})
            turns = {e["seq"]: {**e, "text": e["transcript"]} for e in consumer.events() if e["type"] == "turn_complete"}
            got = heard({"turns": list(turns.values())}, "customer", list(text.values()))
            check(got == [text["en_01.wav"], text["en_29.wav"]], f"{consumer.events()}")


if __name__ == "__main__":
    main([two_voices_of_a_bridged_call_are_told_apart, FieldNotes_N18_stalled_consumer_delays_no_bridged_call])
