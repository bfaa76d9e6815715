-- For wrk: sends the body in the file of the first argument, or a GET when that is "-", and prints figures as JSON. A second
-- argument is a number of keys, which requests give in turn as experiment_key.

local keys = 0
local sent = 0

function init(args)
  if args[2] then
    keys = tonumber(args[2])
    request = function()
      sent = sent + 1
      return wrk.format(nil, wrk.path .. "?experiment_key=user-" .. (sent % keys))
    end
  end
  if args[1] == "-" then return end
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["content-type"] = "application/json"
  file:close()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requestsPerSecond":%.1f,"p50Ms":%.4f,"p99Ms":%.4f,"maxMs":%.4f,"requests":%d,"errors":%d}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
