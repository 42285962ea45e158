import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A whole answer, which can be sent as it should be or as a broken peer would.
struct Answer: Sendable {
    let status: Int
    var headers: HTTPFields = [.contentType: "application/json"]
    var body: [UInt8]

    init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// With sorted members: equal values give equal bytes.
    init(status: Int, json: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            self.init(status: status, body: Array(try encoder.encode(json)))
        } catch {
            Lifetime.end("an answer can't be encoded: \(error)")
        }
    }

    static func act(_ number: Int, of effect: EffectKey) -> Answer {
        struct Body: Encodable {
            let act: Int
            let kind, key: String
        }
        return Answer(status: 200, json: Body(act: number, kind: effect.kind, key: effect.key))
    }

    /// A failure that the peer was told to have.
    static func failure(status: Int) -> Answer {
        struct Body: Encodable {
            struct Content: Encodable { let type, message: String }
            let error: Content
        }
        return Answer(status: status, json: Body(error: .init(type: "told_to_fail", message: "The peer was told to fail.")))
    }

    func adding(_ name: HTTPField.Name, _ value: String) -> Answer {
        var answer = self
        answer.headers[name] = value
        return answer
    }

    var response: Response {
        var headers = headers
        headers[.contentLength] = String(body.count)
        return Response(status: .init(code: status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// The answer as it goes over a connection.
    var message: [UInt8] {
        let status = HTTPResponse.Status(code: status)
        var head = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nContent-Length: \(body.count)\r\n"
        for field in headers { head += "\(field.name): \(field.value)\r\n" }
        return Array("\(head)\r\n".utf8) + body
    }
}
