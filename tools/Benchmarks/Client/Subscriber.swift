import HindsightCore
import NIOCore
import Synchronization

/// A client that listens to everything that is appended, and takes down how long each event was on its way.
final class Subscriber: Sendable {
    private struct State {
        var lines = LineSplitter()
        var isListening = false
        var last: Position
        /// From the sending of each event's append to its arrival here.
        var nanoseconds: [UInt64] = []
        var failure: (any Error)?
    }

    private let state: Mutex<State>
    private let connection: ServerConnection
    private let watch: Stopwatch

    /// - Parameter watch: The one that tells the senders, too, what time it is.
    init(after position: Position, of server: ServerProcess, on group: any EventLoopGroup, by watch: Stopwatch) async throws {
        state = Mutex(State(last: position))
        self.watch = watch
        connection = try await ServerConnection.open(port: server.port, on: group)
        connection.begin("/v1/events?after=\(position)", accept: "text/event-stream") { [self] piece in take(piece) }
            .whenComplete { [self] result in
                state.withLock { state in
                    switch result {
                    case .success: state.failure = state.failure ?? BenchmarkFailure("a live answer has ended")
                    case .failure(let error): state.failure = state.failure ?? error
                    }
                }
            }
    }

    func close() async throws { try await connection.close() }

    func isListening() throws -> Bool { try look(\.isListening) }

    /// How many events have come.
    func count() throws -> Int { try look(\.nanoseconds.count) }

    func nanoseconds() throws -> [UInt64] { try look(\.nanoseconds) }

    private func look<Value: Sendable>(_ value: (State) -> Value) throws -> Value {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return value(state)
        }
    }

    private func take(_ piece: ByteBuffer) {
        let now = watch.nanoseconds
        state.withLock { state in
            // The first that comes is a comment.
            state.isListening = true
            piece.withUnsafeReadableBytes { bytes in
                state.lines.take(bytes) { line in
                    if line.starts(with: "id: ") {
                        let position = line.number(after: "id: ") ?? 0
                        if position != state.last + 1 { state.failure = BenchmarkFailure("\(position) came after \(state.last)") }
                        state.last = position
                    } else if line.starts(with: "data: ") {
                        guard let sent = line.number(after: "\"sent\":") else {
                            state.failure = BenchmarkFailure("an event came that nobody sent")
                            return
                        }
                        state.nanoseconds.append(now - UInt64(sent))
                    }
                }
            }
        }
    }
}
