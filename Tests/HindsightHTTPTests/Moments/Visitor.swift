import HindsightCore
import NIOHTTP1

/// Somebody who acts among others, each act counted.
struct Visitor: Sendable {
    let address: String
    let bustle: Bustle

    /// Does what may be refused by a domain, since others act as well, and never for its form.
    @discardableResult
    func act(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> ServerProcess.Answer {
        let answer = try await ServerProcess.ask(address, method, path, body)
        if method != .GET { try await bustle.acted() }
        guard (200..<300).contains(answer.status) || [404, 409].contains(answer.status) else {
            throw ServerProcess.Failure(description: "\(method) \(path) was answered with \(answer.status) \(answer.text)")
        }
        return answer
    }

    /// The rows of a list.
    func list(_ name: String, _ path: String) async throws -> [JSONValue] { try await act(.GET, path).json[name]?.arrayValue ?? [] }
}
