import AsyncHTTPClient
import Glibc
import HindsightCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// An answer that came to its end.
struct HTTPAnswer: Sendable {
    let status: Int
    var retryAfter: String?
    var date: String?
    /// `nil` if it is no JSON, or too long.
    var body: JSONValue?
}

/// Why there is no answer.
enum NoAnswer: Error {
    /// Nothing was sent.
    case notConnected
    case timeOver
    case lost

    func sentence(about peer: String) -> String {
        switch self {
        case .notConnected: "no connection to \(peer) came about"
        case .timeOver: "\(peer) gave no answer in time"
        case .lost: "the connection to \(peer) was lost before the answer"
        }
    }
}

/// Connections to one peer, which carry a request at most once.
struct Connections: Sendable {
    /// A longer body is not read: it would not go into an event.
    private static let longestBody = 256 * 1024
    /// Without a limit of the peer's own. The client would keep to 8, and let the others' time go by unsent.
    private static let usualConcurrency = 256
    /// Shorter than servers commonly keep an idle connection: one that the server just closed would leave a request in doubt.
    private static let idleTime = TimeAmount.seconds(4)

    private let client: HTTPClient

    static func open<Result: Sendable>(
        connectTimeLimit: Duration, concurrency: Int?, _ body: @Sendable (Connections) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(connectTimeLimit)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency ?? usualConcurrency
        configuration.connectionPool.idleTimeout = idleTime
        // Nobody there is news for the engine, which has its own pace of trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(Connections(client: client))
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// The limit is for all of it: the client's own would end with the answer's head, and a body may come for ever.
    func exchange(_ request: HTTPClientRequest, within limit: Duration) async throws(NoAnswer) -> HTTPAnswer {
        do {
            return try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                group.addTask { try await answer(to: request, within: limit) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw NoAnswer.timeOver
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw NoAnswer.lost }
                return answer
            }
        } catch {
            throw NoAnswer(error)
        }
    }

    private func answer(to request: HTTPClientRequest, within limit: Duration) async throws -> HTTPAnswer {
        let response = try await client.execute(request, timeout: TimeAmount(limit))
        var answer = HTTPAnswer(status: Int(response.status.code))
        answer.retryAfter = response.headers.first(name: "Retry-After")
        answer.date = response.headers.first(name: "Date")
        answer.body = try await Self.body(of: response)
        // A body whose reading was broken off ends as if it were whole.
        try Task.checkCancellation()
        return answer
    }

    private static func body(of response: HTTPClientResponse) async throws -> JSONValue? {
        do {
            let bytes = try await response.body.collect(upTo: longestBody)
            return try JSON.decode(JSONValue.self, from: Array(bytes.readableBytesView))
        } catch is DecodingError {
            return nil
        } catch is NIOTooManyBytesError {
            return nil
        }
    }
}

extension NoAnswer {
    init(_ error: any Error) {
        switch error {
        case let error as NoAnswer: self = error
        case is NIOConnectionError: self = .notConnected
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .notConnected
        case let error as HTTPClientError where [.connectTimeout, .getConnectionFromPoolTimeout].contains(error): self = .notConnected
        case let error as HTTPClientError where [.deadlineExceeded, .cancelled].contains(error): self = .timeOver
        case is CancellationError: self = .timeOver
        default: self = .lost
        }
    }
}
