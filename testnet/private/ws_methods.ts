/**
 * Which REST endpoint answers a method of the WebSocket API.
 *
 * @module
 */

export const PRIVATE_METHODS: Readonly<Record<string, string>> = {
  "order.place": "POST /api/v3/order",
  "order.test": "POST /api/v3/order/test",
  "order.status": "GET /api/v3/order",
  "order.cancel": "DELETE /api/v3/order",
  "order.cancelReplace": "POST /api/v3/order/cancelReplace",
  "order.amend.keepPriority": "PUT /api/v3/order/amend/keepPriority",
  "order.amendments": "GET /api/v3/order/amendments",
  "openOrders.status": "GET /api/v3/openOrders",
  "openOrders.cancelAll": "DELETE /api/v3/openOrders",
  "allOrders": "GET /api/v3/allOrders",
  "myTrades": "GET /api/v3/myTrades",
  "myPreventedMatches": "GET /api/v3/myPreventedMatches",
  "account.status": "GET /api/v3/account",
  "account.commission": "GET /api/v3/account/commission",
  "account.rateLimits.orders": "GET /api/v3/rateLimit/order",
  "orderList.status": "GET /api/v3/orderList",
  "orderList.cancel": "DELETE /api/v3/orderList",
  "orderList.place": "POST /api/v3/order/oco",
  "orderList.place.oco": "POST /api/v3/orderList/oco",
  "orderList.place.oto": "POST /api/v3/orderList/oto",
  "orderList.place.otoco": "POST /api/v3/orderList/otoco",
  "openOrderLists.status": "GET /api/v3/openOrderList",
  "allOrderLists": "GET /api/v3/allOrderList",
  "myAllocations": "GET /api/v3/myAllocations",
  "userDataStream.start": "POST /api/v3/userDataStream",
  "userDataStream.ping": "PUT /api/v3/userDataStream",
  "userDataStream.stop": "DELETE /api/v3/userDataStream",
};

export const PUBLIC_METHODS: Readonly<Record<string, string>> = {
  "ping": "/api/v3/ping",
  "time": "/api/v3/time",
  "exchangeInfo": "/api/v3/exchangeInfo",
  "depth": "/api/v3/depth",
  "trades.recent": "/api/v3/trades",
  "trades.historical": "/api/v3/historicalTrades",
  "trades.aggregate": "/api/v3/aggTrades",
  "klines": "/api/v3/klines",
  "uiKlines": "/api/v3/uiKlines",
  "avgPrice": "/api/v3/avgPrice",
  "ticker": "/api/v3/ticker",
  "ticker.24hr": "/api/v3/ticker/24hr",
  "ticker.tradingDay": "/api/v3/ticker/tradingDay",
  "ticker.price": "/api/v3/ticker/price",
  "ticker.book": "/api/v3/ticker/bookTicker",
};
