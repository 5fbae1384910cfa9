"""A consumer of events on the `websockets` library: `ws_consumer.py PORT FILE [TOKEN]` writes each message as a line."""
import asyncio
import http
import sys

import websockets


async def main(port, path, token):
    out = open(path, "a", encoding="utf-8", buffering=1)

    async def take(connection, _path=None):
        try:
            async for message in connection:
                out.write(message + "\n")
        except websockets.ConnectionClosed:
            pass

    async def check(_path, headers):
        if token and headers.get("Authorization") != f"Bearer {token}":
            return http.HTTPStatus.UNAUTHORIZED, [], b""
        return None

    async with websockets.serve(take, "127.0.0.1", port, process_request=check):
        print("ready", flush=True)
        await asyncio.Future()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""))
