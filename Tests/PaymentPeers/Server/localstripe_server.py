"""PyPI's localstripe on 127.0.0.1, which tells its port on standard output, and then each webhook that it sent: a line of JSON each.

Its own command listens on every interface, and its store writes itself into /tmp at each change: neither happens here. It ends when its
standard input does.
"""
import asyncio
import base64
import json
import sys

from aiohttp import web
from localstripe import resources
from localstripe.server import app
from localstripe.webhooks import register_webhook

resources.Store.dump_to_disk = lambda store: None


def tell(**facts):
    print(json.dumps(facts), flush=True)


async def received(request):
    body = base64.b64encode(await request.read()).decode()
    tell(signature=request.headers["Stripe-Signature"], body=body)
    return web.Response()


async def serve():
    app.router.add_post("/_config/received", received)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    register_webhook("tests", f"http://127.0.0.1:{port}/_config/received", sys.argv[1], None)
    tell(port=port)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(serve())
