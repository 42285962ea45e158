import FoundationEssentials
import Synchronization

/// Who a request comes from: a session's cookie where credentials are given, `anonymous` for everybody where not.
///
/// Without credentials there is nobody to log in, as in a Zeppelin without a `shiro.ini`. Sessions live in memory, so that a restart ends them, as Shiro's do.
final class Authentication: Sendable {
    static let cookieName = "JSESSIONID"

    struct Credentials: Sendable, Decodable {
        let userName: String
        let password: String
        var roles: Set<String>?

        /// One user, or an array of them.
        static func read(from path: String) throws -> [Credentials] {
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw NoteImport.Malformed(description: "cannot read the credentials in \(path)")
            }
            do {
                let isArray = try JSON.parse(bytes)?.array != nil
                let decoder = JSONDecoder()
                return isArray ? try decoder.decode([Credentials].self, from: bytes) : [try decoder.decode(Credentials.self, from: bytes)]
            } catch {
                // The decoder's own words might quote the file.
                throw NoteImport.Malformed(
                    description: "\(path) has to be an object with the strings `userName` and `password` and perhaps an array `roles`, "
                        + "or an array of such objects")
            }
        }
    }

    struct Session: Sendable {
        let caller: Caller
        let ticket: String
        let expires: ContinuousClock.Instant
    }

    private let credentials: [Credentials]?
    private let lifetime: Duration
    private let sessions = Mutex<[String: Session]>([:])

    init(credentials: [Credentials]?, lifetime: Duration) {
        self.credentials = credentials
        self.lifetime = lifetime
    }

    var hasLogin: Bool { credentials != nil }

    /// Who is behind a cookie header; `nil` where the session is missing or has expired.
    func caller(cookies header: String?) -> Caller? {
        guard hasLogin else { return .anonymous }
        return sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.expires > .now }
            for id in Self.sessionIDs(in: header) { if let session = sessions[id] { return session.caller } }
            return nil
        }
    }

    /// Opens a session; `nil` where the credentials are wrong.
    ///
    /// - Throws: `Refusal.unexpected` where there are none to compare with.
    func logIn(userName: String, password: String) throws -> (id: String, session: Session)? {
        guard let credentials else { throw Refusal.unexpected(.runtime) }
        guard let user = credentials.first(where: { $0.userName == userName && $0.password == password }) else { return nil }
        let caller = Caller(name: user.userName, roles: user.roles ?? [])
        let session = Session(caller: caller, ticket: UUID().uuidString.lowercased(), expires: .now + lifetime)
        let id = UUID().uuidString.lowercased()
        sessions.withLock { $0[id] = session }
        return (id, session)
    }

    func expireAll() {
        sessions.withLock { $0 = [:] }
    }

    func logOut(cookies header: String?) {
        sessions.withLock { sessions in
            for id in Self.sessionIDs(in: header) { sessions[id] = nil }
        }
    }

    /// The cookies that a login sets. Only the last session counts: one before it is given up again within the same answer.
    static func cookies(for id: String) -> [String] {
        [
            "\(cookieName)=\(UUID().uuidString.lowercased()); Path=/; HttpOnly",
            "rememberMe=deleteMe; Path=/; Max-Age=0",
            "\(cookieName)=deleteMe; Path=/; Max-Age=0",
            "\(cookieName)=\(id); Path=/; HttpOnly",
        ]
    }

    private static func sessionIDs(in header: String?) -> [String] {
        (header ?? "").split(separator: ";").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            return parts.count == 2 && parts[0] == cookieName ? parts[1] : nil
        }
    }
}
