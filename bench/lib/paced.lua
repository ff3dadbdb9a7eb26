-- wrk: a request on a kept connection every so often. Arguments: "keep", requests per second and connection.
local mean

function init(args)
  mean = 1000 / tonumber(args[2])
  math.randomseed(1)
end

-- Milliseconds. Random around the mean, so that the connections do not march in step.
function delay()
  return math.random(1, math.floor(2 * mean - 1))
end

function done(summary, latency, requests)
  io.write(string.format("percentiles %d %d\n", latency:percentile(50), latency:percentile(99)))
end
