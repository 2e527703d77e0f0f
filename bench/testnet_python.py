"""A day in the life of python-binance on the testnet: `python testnet_python.py REST_ADDRESS`. See testnet_python.ts."""

import asyncio
import sys

from binance import AsyncClient, BinanceSocketManager, Client, DepthCacheManager
from binance.exceptions import BinanceAPIException

REST = sys.argv[1]
WS = REST.replace("http", "ws")
KEY = ("testnet-key", "testnet-secret")
ORDER = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="50000")


def done(what):
    print(f"  {what}", flush=True)


def rest():
    client = Client(*KEY, ping=False)
    client.API_URL = REST + "/api"
    client.ping()
    assert client.get_symbol_info("BTCUSDT")["status"] == "TRADING"
    order = client.create_order(**ORDER)
    assert client.get_order(symbol="BTCUSDT", orderId=order["orderId"])["status"] == "NEW"
    mode = dict(cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=order["orderId"])
    replaced = client.cancel_replace_order(**{**ORDER, "price": "50001"}, **mode)
    key = dict(symbol="BTCUSDT", orderId=replaced["newOrderResponse"]["orderId"])
    assert client.cancel_order(**key)["status"] == "CANCELED"
    try:
        client.cancel_order(**key)
        raise AssertionError("cancelled twice")
    except BinanceAPIException as error:
        assert error.code == -2011, error
    assert client.order_market_buy(symbol="BTCUSDT", quantity="0.01")["status"] == "FILLED"
    assert client.get_my_trades(symbol="BTCUSDT")
    assert client.get_open_orders() == []
    assert float(client.get_asset_balance("BTC")["free"]) > 10
    done("REST: placed, replaced, cancelled, traded")


async def sockets():
    client = AsyncClient(*KEY)
    client.API_URL = REST + "/api"
    client.ws_api._url = WS + "/ws-api/v3"
    manager = BinanceSocketManager(client)
    manager.STREAM_URL = WS + "/"
    async with manager.trade_socket("BTCUSDT") as trades:
        assert (await trades.recv())["e"] == "trade"
    done("streams: trades")
    async with DepthCacheManager(client, "BTCUSDT", bm=manager) as depth:
        for _ in range(5):
            book = await depth.recv()
        assert book.get_bids()[0][0] < book.get_asks()[0][0]
    done("streams: a book that the client keeps")
    async with manager.user_socket() as user:
        order = await client.ws_create_order(**ORDER)
        assert (await user.recv())["x"] == "NEW"
        assert (await user.recv())["e"] == "outboundAccountPosition"
        await client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])
        assert (await user.recv())["x"] == "CANCELED"
    done("WebSocket API: an order, and what the user stream tells of it")
    await client.close_connection()


rest()
asyncio.run(asyncio.wait_for(sockets(), 60))
