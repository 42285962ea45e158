import AsyncHTTPClient
import Glibc
import HindsightCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// An answer of a gateway that came to its end.
struct GatewayAnswer: Sendable {
    let status: Int
    var retryAfter: Duration?
    /// `nil` if it isn't JSON, or too long.
    var body: JSONValue?
}

/// Why a gateway gave no answer.
enum NoGatewayAnswer: Error {
    /// Nothing was sent.
    case notConnected
    /// The request may have arrived.
    case lost
}

/// Connections to one gateway, which carry a request at most once.
struct GatewayConnections: Sendable {
    private static let longestBody = 4 << 20
    /// What a gateway asks for beyond this is cut to it, so that a slip of its own stops no saga for ever.
    private static let longestRetryAfter: Int64 = 7 * 86_400

    let url: String
    private let authorization: String?
    private let client: HTTPClient
    private let patience: TimeAmount

    /// Opens connections for as long as `body` runs.
    ///
    /// - Parameter url: Without or with a slash at its end.
    static func open<Result: Sendable>(
        to url: String, token: String?, patienceSeconds: Int, _ body: @Sendable (GatewayConnections) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        // Nobody there is news for the engine, which has its own pace of trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let connections = GatewayConnections(
            url: url.hasSuffix("/") ? String(url.dropLast()) : url, authorization: token.map { "Bearer \($0)" }, client: client,
            patience: .seconds(Int64(patienceSeconds)))
        do {
            let result = try await body(connections)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    func makeRequest(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        return request
    }

    /// - Parameter patience: How long the answer may take; as long as any for `nil`.
    func exchange(
        _ request: HTTPClientRequest, within patience: TimeAmount? = nil
    ) async throws(NoGatewayAnswer) -> GatewayAnswer {
        do {
            let response = try await client.execute(request, timeout: patience ?? self.patience)
            var answer = GatewayAnswer(status: Int(response.status.code))
            answer.retryAfter = response.headers.first(name: "Retry-After").flatMap(Self.retryAfter)
            answer.body = try await Self.body(of: response)
            // A body whose reading was broken off ends as if it were whole.
            try Task.checkCancellation()
            return answer
        } catch {
            throw NoGatewayAnswer(error)
        }
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

    /// The form in seconds (RFC 9110, 10.2.3); `nil` for anything else, which then is waited for as usual.
    static func retryAfter(_ text: String) -> Duration? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .seconds(min(Int64(text) ?? longestRetryAfter, longestRetryAfter))
    }
}

extension NoGatewayAnswer {
    fileprivate init(_ error: any Error) {
        switch error {
        case is NIOConnectionError: self = .notConnected
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .notConnected
        case let error as HTTPClientError where [.connectTimeout, .getConnectionFromPoolTimeout].contains(error): self = .notConnected
        default: self = .lost
        }
    }
}

extension String {
    /// As a part of a path, or a name or value of a query or a form.
    var percentEncoded: String {
        let digits = Array("0123456789ABCDEF")
        return utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
