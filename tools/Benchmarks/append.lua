-- What wrk (https://github.com/wg/wrk) posts: prepared bodies to prepared streams, in turn.
--   wrk … --script append.lua ADDRESS -- BODIES STREAMS      files with a body, and a path segment, on each line
-- Made for one thread. Prints a line of JSON at the end.

local tails, streams, made = {}, {}, 0

function init(arguments)
    for body in io.lines(arguments[1]) do
        tails[#tails + 1] = "/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            .. #body .. "\r\n\r\n" .. body
    end
    for stream in io.lines(arguments[2]) do
        streams[#streams + 1] = "POST /v1/streams/" .. stream
    end
end

function request()
    made = made + 1
    return streams[(made - 1) % #streams + 1] .. tails[(made - 1) % #tails + 1]
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        '{"answers":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d}',
        summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
