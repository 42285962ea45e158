import HindsightCore
import NIOCore
import NIOHTTP1

/// Appends event after event while many listen, and insists that each of them gets every event, in order.
struct FanOut {
    let server: ServerProcess
    let subscribers: Int
    /// The loop of those who listen, and that of the one who appends.
    let loops: (listening: any EventLoopGroup, appending: any EventLoopGroup)

    private static let events = 200
    private static let pause = Duration.milliseconds(50)

    /// How long events were on their way, how long the appends took meanwhile, and the memory of the server before, meanwhile and after.
    func samples() async throws -> [Sample] {
        let watch = Stopwatch()
        let appender = try await ServerConnection.open(port: server.port, on: loops.appending)
        let head = try await append(by: appender, watch).position()
        let memoryBefore = try server.residentMemory()

        var listeners: [Subscriber] = []
        for _ in 0..<subscribers {
            listeners.append(try await Subscriber(after: head, of: server, on: loops.listening, by: watch))
        }
        try await Patience.wait(for: "\(subscribers) subscribers to listen") { try listeners.allSatisfy { try $0.isListening() } }
        let memorySubscribed = try server.residentMemory()

        let live = Stopwatch()
        let calls = try await appendInTime(by: appender, watch)
        try await Patience.wait(for: "\(subscribers) subscribers to get \(Self.events) events each") {
            try listeners.allSatisfy { try $0.count() >= Self.events }
        }
        let seconds = live.seconds
        let memoryBusy = try server.residentMemory()
        let arrivals = try listeners.flatMap { try $0.nanoseconds() }
        guard arrivals.count == subscribers * Self.events else { throw BenchmarkFailure("events came twice") }

        for listener in listeners { try await listener.close() }
        try await append(by: appender, watch)
        try await Task.sleep(for: .seconds(1))
        let memoryAfter = try server.residentMemory()
        try await appender.close()
        return [
            Sample(events: arrivals.count, seconds: seconds, latency: Latency(nanoseconds: arrivals), residentBytes: memoryBusy)
                .named("live-fan-out"),
            Sample(events: calls.count, seconds: seconds, latency: Latency(nanoseconds: calls)).named("live-append"),
            Sample(residentBytes: memoryBefore).named("live-memory-1-before"),
            Sample(residentBytes: memorySubscribed).named("live-memory-2-subscribed"),
            Sample(residentBytes: memoryAfter).named("live-memory-3-after"),
        ]
    }

    /// One event every so often, however long the one before took.
    private func appendInTime(by appender: ServerConnection, _ watch: Stopwatch) async throws -> [UInt64] {
        var calls: [UInt64] = []
        let began = ContinuousClock.now
        for number in 0..<Self.events {
            try await Task.sleep(until: began + Self.pause * number, clock: .continuous)
            let call = Stopwatch()
            try await append(by: appender, watch)
            calls.append(call.nanoseconds)
        }
        return calls
    }

    @discardableResult
    private func append(by appender: ServerConnection, _ watch: Stopwatch) async throws -> HTTPResponseHead {
        let body = #"{"type":"bench.sent","data":{"sent":\#(watch.nanoseconds),"note":"\#(Self.note)"},"tags":["live:1"]}"#
        return try await appender.send("/v1/streams/live-1/events", json: body)
    }

    /// Makes the data about as large as that of other benchmarks.
    private static let note = String(repeating: "n", count: 210)
}
