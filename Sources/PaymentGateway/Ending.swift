import Foundation

/// The end of the gateway's life for a reason other than a signal.
final class Ending: Sendable {
    private let stream: AsyncThrowingStream<Never, any Error>
    private let continuation: AsyncThrowingStream<Never, any Error>.Continuation

    init() {
        (stream, continuation) = AsyncThrowingStream.makeStream()
    }

    /// Ends the gateway with an error; the first one counts.
    func come(because error: any Error) {
        continuation.finish(throwing: error)
    }

    /// Ends the gateway when its parent closes the pipe, which a killed parent does too.
    func comeWithStandardInput() {
        Thread.detachNewThread { [continuation] in
            do {
                while let bytes = try FileHandle.standardInput.read(upToCount: 4096), !bytes.isEmpty {}
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// Returns or throws when the end has come.
    func wait() async throws {
        for try await _ in stream {}
    }
}
