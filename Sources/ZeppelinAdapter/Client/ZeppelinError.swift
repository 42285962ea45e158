/// Why Zeppelin did not do, or may not have done, what it was asked.
package enum ZeppelinError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Surely nothing was done: the connection was refused, or the server said that it can't now.
    case notNow(reason: String, retryAfter: Duration? = nil)
    /// The connection was reset or timed out: nobody knows whether the request was carried out.
    case noAnswer(reason: String)
    /// An answer that proves nothing: a 5xx, a redirect that another login didn't end, a body that can't be read.
    case unclear(status: Int, reason: String)
    /// 404.
    case notFound(String)
    /// 403.
    case forbidden
    /// Any other 4xx: the request itself is at fault.
    case refused(status: Int)
    /// Name or password are wrong.
    case loginRefused
    /// A login is asked for, and no credentials are configured.
    case loginWanted
    case unsupportedVersion(String)
    /// Not a URL of a server.
    case badAddress(String)

    /// Whether the request is known not to have been carried out, and would not be if it were repeated.
    package var isDefinite: Bool {
        switch self {
        case .notFound, .forbidden, .refused, .loginRefused, .loginWanted, .unsupportedVersion, .badAddress: true
        case .notNow, .noAnswer, .unclear: false
        }
    }

    package var description: String {
        switch self {
        case .notNow(let reason, _): "Zeppelin can't do it now: \(reason)"
        case .noAnswer(let reason): "Zeppelin did not answer: \(reason)"
        case .unclear(let status, let reason): "Zeppelin's answer (\(status)) says nothing: \(reason)"
        case .notFound(let what): "Zeppelin knows no \(what)"
        case .forbidden: "Zeppelin does not allow it to this user"
        case .refused(let status): "Zeppelin refused the request (\(status))"
        case .loginRefused:
            "Zeppelin refused the login: check userName and password in the file that audience.zeppelin.credentials names"
        case .loginWanted:
            #"Zeppelin wants a login, and no credentials are configured: name a JSON file {"userName","password"} in "#
                + "audience.zeppelin.credentials, or with --credentials where a command takes it"
        case .unsupportedVersion(let version): "Zeppelin \(version) is not supported: 0.8 to 0.12 are"
        case .badAddress(let address): "\(address) is not the address of a Zeppelin server"
        }
    }
}
