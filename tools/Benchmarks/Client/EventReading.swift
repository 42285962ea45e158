import HindsightCore
import NIOCore
import Synchronization

/// Reads a whole log over HTTP, counts its events, and looks that none is missing.
final class EventReading: Sendable {
    enum Form: String {
        case lines = "application/x-ndjson"
        /// Server-sent events, which go on for ever: what is read is what there is.
        case messages = "text/event-stream"
    }

    private struct State {
        var lines = LineSplitter()
        var events = 0
        var last: Position = 0
        var inOrder = true
        /// When the last event was there.
        var seconds: Double?
        /// Why the answer ended before.
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let form: Form
    private let expected: Int
    private let watch = Stopwatch()

    private init(_ form: Form, expected: Int) {
        self.form = form
        self.expected = expected
    }

    /// - Parameter query: Selects `expected` events.
    static func sample(
        _ form: Form, query: String = "", expected: Int, from server: ServerProcess, on group: any EventLoopGroup
    ) async throws -> Sample {
        let connection = try await ServerConnection.open(port: server.port, on: group)
        let reading = EventReading(form, expected: expected)
        let answer = connection.begin("/v1/events\(query)", accept: form.rawValue) { reading.take($0) }
        switch form {
        case .lines: _ = try await answer.get()
        case .messages:
            answer.whenFailure { error in reading.state.withLock { $0.failure = error } }
            try await Patience.wait(for: "all events") { try reading.isComplete() }
        }
        try await connection.close()
        let (events, inOrder, seconds) = reading.state.withLock { ($0.events, $0.inOrder, $0.seconds) }
        guard events == expected, inOrder, let seconds else {
            throw BenchmarkFailure("\(form.rawValue): \(events) events of \(expected), \(inOrder ? "in order" : "out of order")")
        }
        return Sample(events: events, seconds: seconds, residentBytes: try server.residentMemory())
    }

    private func isComplete() throws -> Bool {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.seconds != nil
        }
    }

    private func take(_ piece: ByteBuffer) {
        state.withLock { state in
            piece.withUnsafeReadableBytes { bytes in
                state.lines.take(bytes) { line in
                    let position: Position? =
                        switch form {
                        case .lines: line.number(after: "{\"position\":")
                        case .messages: line.starts(with: "id: ") ? line.number(after: "id: ") : nil
                        }
                    guard let position else { return }
                    state.inOrder = state.inOrder && position > state.last
                    state.last = position
                    state.events += 1
                    if state.events == expected { state.seconds = watch.seconds }
                }
            }
        }
    }
}
