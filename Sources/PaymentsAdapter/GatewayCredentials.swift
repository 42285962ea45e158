import FoundationEssentials
import HindsightCore

/// The bearer token of a gateway, from a file of its own or the environment, so that it stands in no argument list, event or log.
package struct GatewayCredentials: Sendable {
    let token: String

    private struct File: Decodable { let token: String }

    /// - Parameter file: JSON `{"token"}`.
    /// - Throws: ``GatewayError`` naming the file, never its content.
    package init(file path: String) throws(GatewayError) {
        let token: String
        do {
            let bytes = try Data(contentsOf: URL(filePath: path))
            token = try JSON.decode(File.self, from: Array(bytes)).token
        } catch is DecodingError {
            throw .unreadableCredentials(path: path, reason: "it is not {\"token\":\"…\"}")
        } catch {
            throw .unreadableCredentials(path: path, reason: "it can't be read")
        }
        try self.init(token, from: path)
    }

    /// - Parameter variable: The name of an environment variable that holds the token alone.
    /// - Throws: ``GatewayError`` naming the variable, never its value.
    package init(variable: String, in environment: [String: String]) throws(GatewayError) {
        guard let token = environment[variable] else {
            throw .unreadableCredentials(path: variable, reason: "the environment has no such variable, which is to hold the token")
        }
        try self.init(token, from: variable)
    }

    private init(_ token: String, from place: String) throws(GatewayError) {
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .unreadableCredentials(path: place, reason: "the token is no visible ASCII text")
        }
        self.token = token
    }
}

extension GatewayCredentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "credentials" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a gateway can't be worked with at all. Single charges don't throw: their trouble is an outcome.
package enum GatewayError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The place is a file or an environment variable.
    case unreadableCredentials(path: String, reason: String)
    case unreachable(url: String)
    case noSecretKey
    /// What was given as Stripe's secret key is none.
    case notASecretKey
    /// The secret key would travel in the clear.
    case notSecure(url: String)
    case badWebhookSecret(reason: String)

    package var description: String {
        switch self {
        case .unreadableCredentials(let place, let reason): "\(place): \(reason)"
        case .unreachable(let url): "the payment gateway at \(url) does not answer: start it, or set its address"
        case .noSecretKey:
            "Stripe needs a secret key: name its file as billing.gateway.credentials, or its variable as billing.gateway.credentialsVariable"
        case .notASecretKey: "the token is no secret key of Stripe's: those begin with sk_ or, with restricted rights, rk_"
        case .notSecure(let url): "\(url): Stripe's secret key travels over https only, and over http to this machine itself"
        case .badWebhookSecret(let reason): "the secret of webhooks: \(reason)"
        }
    }
}
