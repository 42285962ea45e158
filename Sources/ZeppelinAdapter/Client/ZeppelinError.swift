/// Why Zeppelin did not do, or may not have done, what it was asked.
package enum ZeppelinError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The connection was refused, reset or timed out: nobody knows whether the request was carried out.
    case noAnswer(reason: String)
    /// An answer that proves nothing: a 5xx, a redirect that another login didn't end, a body that can't be read.
    case unclear(status: Int, reason: String)
    /// 404.
    case notFound(String)
    /// 403.
    case forbidden
    /// Any other 4xx: the request itself is at fault.
    case refused(status: Int)
    /// The login was refused, or one is wanted and no credentials are configured.
    case loginRefused
    case unsupportedVersion(String)
    /// Not a URL of a server.
    case badAddress(String)

    /// Whether the request is known not to have been carried out.
    package var isDefinite: Bool {
        switch self {
        case .notFound, .forbidden, .refused, .unsupportedVersion, .badAddress: true
        case .noAnswer, .unclear, .loginRefused: false
        }
    }

    package var description: String {
        switch self {
        case .noAnswer(let reason): "Zeppelin did not answer: \(reason)"
        case .unclear(let status, let reason): "Zeppelin's answer (\(status)) says nothing: \(reason)"
        case .notFound(let what): "Zeppelin knows no \(what)"
        case .forbidden: "Zeppelin does not allow it to this user"
        case .refused(let status): "Zeppelin refused the request (\(status))"
        case .loginRefused: "Zeppelin wants a login: check its credentials"
        case .unsupportedVersion(let version): "Zeppelin \(version) is not supported: 0.12.1 is"
        case .badAddress(let address): "\(address) is not the address of a Zeppelin server"
        }
    }
}
