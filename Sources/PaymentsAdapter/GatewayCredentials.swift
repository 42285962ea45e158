import FoundationEssentials
import HindsightCore

/// The bearer token of a gateway, from a file of its own so that it stands in no argument list, event or log.
package struct GatewayCredentials: Sendable {
    let token: String

    private struct File: Decodable { let token: String }

    /// - Parameter file: JSON `{"token"}`.
    /// - Throws: ``GatewayError`` naming the file, never its content.
    package init(file path: String) throws(GatewayError) {
        do {
            let bytes = try Data(contentsOf: URL(filePath: path))
            token = try JSON.decode(File.self, from: Array(bytes)).token
        } catch is DecodingError {
            throw .unreadableCredentials(path: path, reason: "it is not {\"token\":\"…\"}")
        } catch {
            throw .unreadableCredentials(path: path, reason: "it can't be read")
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .unreadableCredentials(path: path, reason: "the token is no visible ASCII text")
        }
    }
}

extension GatewayCredentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "credentials" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a gateway can't be worked with at all. Single charges don't throw: their trouble is an outcome.
package enum GatewayError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadableCredentials(path: String, reason: String)
    case unreachable(url: String)

    package var description: String {
        switch self {
        case .unreadableCredentials(let path, let reason): "\(path): \(reason)"
        case .unreachable(let url): "the payment gateway at \(url) does not answer: start it, or set its address"
        }
    }
}
