-- wrk: requests to two hosts in turn; the argument says whether to "keep" or "close" the connection after each.
local heads = {}
local turn = 0

function init(args)
  local connection = args[1] == "close" and "close" or "keep-alive"
  for i, host in ipairs({ "a.test", "b.test" }) do
    heads[i - 1] = wrk.format("GET", "/", { ["Host"] = host, ["Connection"] = connection })
  end
end

function request()
  turn = 1 - turn
  return heads[turn]
end
