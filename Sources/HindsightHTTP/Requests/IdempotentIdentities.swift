import Crypto
import Foundation
import HindsightCore

/// Ids that follow from the idempotency key of a request: the same request brings the same events, however often it is sent.
struct IdempotentIdentities: Sendable {
    /// The namespace of these ids, drawn once.
    private static let namespace = UUID(
        uuid: (0x5e, 0x0c, 0x4b, 0x1d, 0x7d, 0x0e, 0x4a, 0x52, 0x9a, 0x57, 0x3b, 0x4e, 0x26, 0x61, 0x8f, 0x90))
    private let name: String

    /// - Parameter name: See ``Call/idempotentName(_:)``.
    init(name: String) { self.name = name }

    /// - Parameter index: Of the event in its request; the first has the id by which the request is found again.
    func id(_ index: Int) -> EventID {
        .version5(namespace: Self.namespace, name: index == 0 ? name : "\(name)\u{0}\(index)")
    }

    /// The id of an event whose source names it by something that is no UUID.
    static func id(ofCloudEvent id: String, from source: String) -> EventID {
        .version5(namespace: namespace, name: "\(source)\u{0}\(id)")
    }

    /// What tells one body from another: lower-case hexadecimal SHA-256.
    static func digest(of body: [UInt8]) -> String {
        SHA256.hash(data: body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
