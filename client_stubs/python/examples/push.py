"""Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.

push.py "hello" · push.py --uid 42 "your parcel is here" · push.py --group news "extra"
(Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)"""

import argparse
import asyncio

from gatewayworker import Client


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message")
    to = parser.add_mutually_exclusive_group()
    to.add_argument("--uid")
    to.add_argument("--group")
    args = parser.parse_args()
    async with Client() as client:
        if args.uid:
            delivery = await client.send_to_uid(args.uid, args.message)
        elif args.group:
            delivery = await client.send_to_group(args.group, args.message)
        else:
            delivery = await client.send_to_all(args.message)
        online = await client.get_all_client_count()
    print(f"sent to {delivery.gateways} Gateways, {online} clients are online")
    for failure in delivery.unreachable:
        print(f"not to {failure.gateway}: {failure.reason}")


asyncio.run(main())
