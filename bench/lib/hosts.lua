-- wrk: requests to two hosts in turn, or to one; arguments: whether to "keep" or "close" the connection after each, and
-- "one" for one host: on a connection whose requests are followed, another host would be another endpoint.
local heads = {}
local turn = 0
local most = 2

function init(args)
  local connection = args[1] == "close" and "close" or "keep-alive"
  if args[2] == "one" then most = 1 end
  for i, host in ipairs({ "a.test", "b.test" }) do
    heads[i - 1] = wrk.format("GET", "/", { ["Host"] = host, ["Connection"] = connection })
  end
end

function request()
  turn = (turn + 1) % most
  return heads[turn]
end
