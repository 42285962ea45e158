import HTTPTypes
import HindsightApp
import HindsightCore
import Hummingbird

/// The members of an event's metadata that the server adds where the client has not sent them.
struct AddedMetadata: Sendable {
    /// Who calls; the client may name another actor on whose behalf it acts.
    let actor: String?
    let correlationID: String?
    let traceparent: String?

    /// In the order in which they are added.
    private static let names = ["actor", "submittedBy", "correlationId", "traceparent", "requestDigest"]

    init(_ call: Call) throws(Problem) {
        actor = call.caller.subject
        correlationID = try call.correlationID()
        traceparent = try call.traceparent()
    }

    /// The metadata as it is stored.
    ///
    /// - Parameter requestDigest: For the first event of a request with an idempotency key.
    func added(to metadata: JSONText, requestDigest: String? = nil) throws -> JSONText {
        if metadata == .empty, actor == nil, correlationID == nil, traceparent == nil, requestDigest == nil { return metadata }
        let sent = JSONMembers(ofCompact: metadata.bytes[...]).members
        let names = Set(sent.map(\.name))
        guard !names.contains("submittedBy"), !names.contains("requestDigest") else {
            throw EventLineError(pointer: "/metadata", reason: "submittedBy and requestDigest are the server's to say")
        }
        var additions: [(name: String, value: String)] = []
        if let actor {
            // Whatever actor the client names, the log says who sent it.
            if !names.contains("actor") {
                additions.append(("actor", actor))
            } else if sent.last(where: { $0.name == "actor" })?.value.elementsEqual(try JSON.encode(actor)) != true {
                additions.append(("submittedBy", actor))
            }
        }
        if let correlationID, !names.contains("correlationId") { additions.append(("correlationId", correlationID)) }
        if let traceparent, !names.contains("traceparent") { additions.append(("traceparent", traceparent)) }
        if let requestDigest { additions.append(("requestDigest", requestDigest)) }
        guard !additions.isEmpty else { return metadata }
        var bytes = metadata.bytes.dropLast()
        for (name, value) in additions {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += "\"\(name)\":".utf8
            bytes += try JSON.encode(value)
        }
        return JSONText(trusted: Array(bytes) + [UInt8(ascii: "}")])
    }

    /// Whether `stored` is what a client sent as `sent`, with additions of the server of whatever time.
    static func isAddition(_ stored: JSONText, to sent: JSONText) -> Bool {
        let own = Set(JSONMembers(ofCompact: sent.bytes[...]).members.map(\.name))
        let kept = JSONMembers(ofCompact: stored.bytes[...]).members.filter { own.contains($0.name) || !names.contains($0.name) }
        var bytes = [UInt8(ascii: "{")]
        for member in kept {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += member.spelling + [UInt8(ascii: ":")] + member.value
        }
        return sent.bytes == bytes + [UInt8(ascii: "}")]
    }

    /// The digest of the request that the event with this metadata came with; `nil` for one without an idempotency key.
    static func requestDigest(in metadata: JSONText) throws -> String? {
        try metadata.decoded(as: [String: JSONValue].self)["requestDigest"]?.stringValue
    }
}

extension Call {
    /// The client's name for the story that the request belongs to.
    func correlationID() throws(Problem) -> String? {
        guard let value = try header(.correlationID) else { return nil }
        guard (1...255).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .field("X-Correlation-Id", "must be 1 to 255 visible ASCII characters")
        }
        return value
    }

    /// The trace that the request belongs to, as W3C Trace Context writes it; one that is malformed is ignored, as the standard asks.
    func traceparent() throws(Problem) -> String? {
        guard let value = try header(.traceparent) else { return nil }
        let parts = value.split(separator: "-", omittingEmptySubsequences: false)
        let isHexadecimal = value.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        return isHexadecimal && parts.map(\.count) == [2, 32, 16, 2] && parts[0] != "ff" ? value : nil
    }

    /// The key by which the same request gives the same answer for ever.
    func idempotencyKey() throws(Problem) -> String? {
        guard let key = try header(.idempotencyKey) else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .field("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        }
        return key
    }

    /// What an idempotency key stands for: the caller, the call and the key, in one text.
    func idempotentName(_ key: String) -> String {
        "\(caller.subject ?? "")\u{0}\(endpoint.method.rawValue) \(request.uri.path)\u{0}\(key)"
    }
}
