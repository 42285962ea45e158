import Foundation
import HindsightCore

/// How to reach the server that takes messages in.
package struct MailServer: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        case none, starttls, implicit
    }

    package let host: String
    package let port: Int
    package let security: Security
    /// PEM file of the certificates that are trusted; the machine's own for `nil`.
    package let trustRoots: String?
    let credentials: MailCredentials?
    package let limits: TimeLimits

    /// How long each answer is waited for: RFC 5321, section 4.5.3.2, asks for at least so much.
    package struct TimeLimits: Sendable {
        package var connecting = Duration.seconds(30)
        package var greeting = Duration.seconds(300)
        package var command = Duration.seconds(300)
        package var dataStart = Duration.seconds(120)
        package var content = Duration.seconds(180)
        /// From the last dot on: too short a wait makes doubles.
        package var afterContent = Duration.seconds(600)

        package init() {}
    }

    /// - Throws: ``UnusableMail`` for credentials that would go over a network in the clear.
    package init(
        host: String, port: Int, security: Security, trustRoots: String? = nil, credentials: MailCredentials? = nil,
        limits: TimeLimits = TimeLimits()
    ) throws(UnusableMail) {
        let isHere = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard credentials == nil || security != .none || isHere else {
            throw UnusableMail(field: "tls", reason: "must be starttls or implicit: a password does not go over a network in the clear")
        }
        self.host = host
        self.port = port
        self.security = security
        self.trustRoots = trustRoots
        self.credentials = credentials
        self.limits = limits
    }
}

/// Who sends.
package struct MailCredentials: Sendable, Decodable {
    let userName: String
    let password: String

    /// - Parameter file: JSON `{"userName","password"}`.
    /// - Throws: ``UnusableMail``, naming the file and never its content.
    package init(file path: String) throws(UnusableMail) {
        do {
            self = try JSON.decode(MailCredentials.self, from: Array(try Data(contentsOf: URL(filePath: path))))
        } catch is DecodingError {
            throw UnusableMail(field: path, reason: "is not {\"userName\":\"…\",\"password\":\"…\"}")
        } catch {
            throw UnusableMail(field: path, reason: "can't be read")
        }
    }
}

extension MailCredentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "(credentials)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
