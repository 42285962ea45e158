import Glibc
import Hummingbird
import NIOCore
import Synchronization

/// Faults that are armed for coming requests: each acts a number of times at one operation and is gone.
package final class Faults: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Nothing is done, and the connection is reset without an answer.
        case resetBefore = "reset-before"
        /// It is done, and the connection is reset without an answer.
        case resetAfter = "reset-after"
        case http500Before = "http-500-before"
        case http500After = "http-500-after"
        /// It is done, and the answer is a 200 without a body.
        case empty200After = "empty-200-after"

        package var actsFirst: Bool {
            switch self {
            case .resetBefore, .http500Before: false
            case .resetAfter, .http500After, .empty200After: true
            }
        }
    }

    private struct Armed: Sendable {
        let operation: Operation
        let kind: Kind
        var times: Int
    }

    private let armed = Mutex<[Armed]>([])

    func arm(_ kind: Kind, at operation: Operation, times: Int) {
        armed.withLock { $0.append(Armed(operation: operation, kind: kind, times: times)) }
    }

    func disarmAll() {
        armed.withLock { $0 = [] }
    }

    var list: JSON {
        let entries = armed.withLock { $0 }
        return .array(
            entries.map {
                ["operation": .string($0.operation.rawValue), "fault": .string($0.kind.rawValue), "times": .integer(Int64($0.times))]
            })
    }

    /// Uses up one turn of the first fault that is armed at an operation.
    func take(at operation: Operation?) -> Kind? {
        guard let operation else { return nil }
        return armed.withLock { armed in
            guard let index = armed.firstIndex(where: { $0.operation == operation }) else { return nil }
            armed[index].times -= 1
            let kind = armed[index].kind
            if armed[index].times <= 0 { armed.remove(at: index) }
            return kind
        }
    }
}

/// Makes armed faults happen: it stands around the API, and outside of it knows nothing of what a request does.
struct FaultMiddleware: RouterMiddleware {
    typealias Context = RunnerContext

    private struct ConnectionReset: Error {}

    let faults: Faults
    let journal: Journal
    let dialect: Dialect

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        let fault = faults.take(at: Operation(request.method, request.uri.path))
        guard let fault else { return record(request, try await next(request, context), nil) }
        var response = fault.actsFirst ? try await next(request, context) : dialect.internalError
        switch fault {
        case .http500Before, .http500After: response = dialect.internalError
        case .empty200After: response = Response(status: .ok, headers: [.contentLength: "0"])
        case .resetBefore, .resetAfter:
            journalLine(request, status: 0, fault)
            try await reset(context.channel)
            // Nothing can be written any more; the error ends the server's work on this connection.
            throw ConnectionReset()
        }
        return record(request, response, fault)
    }

    private func record(_ request: Request, _ response: Response, _ fault: Faults.Kind?) -> Response {
        journalLine(request, status: response.status.code, fault)
        return response
    }

    /// Written when the action is over and before its answer leaves; queries and bodies stay out of it.
    private func journalLine(_ request: Request, status: Int, _ fault: Faults.Kind?) {
        var details: [String: JSON] = [
            "method": .string(request.method.rawValue), "path": .string(request.uri.path), "status": .integer(Int64(status)),
        ]
        if let fault { details["fault"] = .string(fault.rawValue) }
        journal.append(.request, details)
    }

    /// Closes with a reset instead of an orderly end: what a client sees when a peer's machine goes down.
    private func reset(_ channel: any Channel) async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close().get()
    }
}
