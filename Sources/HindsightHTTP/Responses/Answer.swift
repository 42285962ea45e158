import HTTPTypes
import HindsightCore
import Hummingbird
import NIOCore

/// An answer before it is a response of the server's library.
struct Answer: Sendable {
    var status: HTTPResponse.Status = .ok
    var headers: HTTPFields = [:]
    var body = ResponseBody()
    private var isStream = false

    init(status: HTTPResponse.Status = .ok) { self.status = status }

    /// A value as JSON with sorted members.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Answer {
        .bytes(try JSON.encode(value), .json, status: status)
    }

    static func bytes(_ bytes: [UInt8], _ form: MediaForm, status: HTTPResponse.Status = .ok) -> Answer {
        var answer = Answer(status: status)
        answer.headers[.contentType] = form.rawValue
        answer.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return answer
    }

    /// Bytes that are made as the client takes them.
    ///
    /// - Parameter write: Each write waits while the client is slow. What it throws ends the connection, so that nobody takes the part for
    ///   the whole.
    static func stream(_ form: MediaForm, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void) -> Answer {
        var answer = Answer()
        answer.isStream = true
        answer.headers[.contentType] = form.rawValue
        answer.body = ResponseBody { writer in
            try await write(&writer)
            try await writer.finish(nil)
        }
        return answer
    }

    func with(_ name: HTTPField.Name, _ value: String?) -> Answer {
        var answer = self
        answer.headers[name] = value
        return answer
    }

    /// The last position that the answer knows of.
    func at(_ position: Position) -> Answer { with(.position, String(position)) }

    var response: Response { response { _ in } }

    /// - Parameter onFailure: Is told why an answer that is made as it is taken breaks off, unless the client went away.
    func response(onFailure: @escaping @Sendable (any Error) -> Void) -> Response {
        guard isStream else { return Response(status: status, headers: headers, body: body) }
        let body = ResponseBody { [body] writer in
            do {
                try await body.write(writer)
            } catch {
                if !(error is ChannelError || error is IOError || error is CancellationError || error is NIOAsyncWriterError) {
                    onFailure(error)
                }
                throw error
            }
        }
        return Response(status: status, headers: headers, body: body)
    }
}

extension ResponseBodyWriter {
    mutating func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }
}

extension HTTPField.Name {
    static let position = known("Hindsight-Position")
    static let requestID = known("Request-Id")
    static let idempotencyKey = known("Idempotency-Key")
    static let lastEventID = known("Last-Event-ID")
    static let traceparent = known("traceparent")
    static let correlationID = known("X-Correlation-Id")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is the name of a header") }
        return name
    }
}
