import AsyncHTTPClient
import FoundationEssentials
import Glibc
import HindsightCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Who works with Zeppelin; the password never leaves this type but to the login.
package struct ZeppelinCredentials: Sendable, Decodable {
    package let userName: String
    let password: String

    /// - Parameter file: JSON `{"userName","password"}`.
    /// - Throws: ``UnreadableCredentials``, naming the file and never its content.
    package init(file path: String) throws(UnreadableCredentials) {
        do {
            self = try JSON.decode(ZeppelinCredentials.self, from: Array(try Data(contentsOf: URL(filePath: path))))
        } catch is DecodingError {
            throw UnreadableCredentials(path: path, reason: "it is not {\"userName\":\"…\",\"password\":\"…\"}")
        } catch {
            throw UnreadableCredentials(path: path, reason: "it can't be read")
        }
    }
}

/// A file of credentials that cannot be used.
package struct UnreadableCredentials: Error, Sendable, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
}

/// Speaks Zeppelin's REST contract to one server, in one session that all workers share.
///
/// Sends each request once. An expired session shows as a redirect to the login, which is not followed: the request was not carried out,
/// so after one new login it is sent again. Call ``close()`` at the end.
package actor ZeppelinClient {
    private let base: String
    private let credentials: ZeppelinCredentials?
    private let timeLimit: TimeAmount
    private let http: HTTPClient
    private var knownDialect: ZeppelinDialect?
    private var session: Session?
    private var login: Task<Session, any Error>?

    private struct Session: Sendable, Equatable {
        let cookie: String
        /// The user's name as the server has it, which may change its case.
        let principal: String?
    }

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// The largest body that is read: a note with all its results.
    private static let bodyLimit = 64 << 20
    /// In seconds.
    private static let longestRetryAfter: Int64 = 3_600

    /// - Parameters:
    ///   - address: `http://host:port`, without `/api`.
    ///   - credentials: `nil` for a server that lets everybody in.
    ///   - timeLimit: Of one request.
    package init(address: String, credentials: ZeppelinCredentials?, timeLimit: Duration = .seconds(30)) throws(ZeppelinError) {
        guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host != nil else {
            throw .badAddress(address)
        }
        base = (address.hasSuffix("/") ? String(address.dropLast()) : address) + "/api"
        self.credentials = credentials
        self.timeLimit = .milliseconds(timeLimit.microseconds / 1_000)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10))
        // A refused connection is an answer: whoever asked decides when to ask again.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections; the client can't be used any more.
    package func close() async throws {
        try await http.shutdown()
    }

    /// The name by which Zeppelin knows us.
    package var userName: String { session?.principal ?? credentials?.userName ?? "anonymous" }

    /// Whether the server lets everybody in, so that a note may have no owner.
    nonisolated var isAnonymous: Bool { credentials == nil }

    /// The dialect of the server, asked for once in each of its lives.
    func dialect() async throws(ZeppelinError) -> ZeppelinDialect {
        if let knownDialect { return knownDialect }
        let body = try await call(.get, "/version")
        guard let version = body["version"]?.stringValue else { throw .unclear(status: 200, reason: "the version is missing") }
        let dialect = try ZeppelinDialect(version: version)
        knownDialect = dialect
        return dialect
    }

    /// What to throw for a body of another shape than the dialect's; the server may be another than it was, so it is asked again.
    func broken(_ what: String) -> ZeppelinError {
        knownDialect = nil
        return .unclear(status: 200, reason: "\(what) can't be read from the body")
    }

    /// Sends one request, and gives the envelope's body; `null` where there is none.
    func call(_ method: Method, _ path: String, body: JSONValue? = nil) async throws(ZeppelinError) -> JSONValue {
        let used = session
        do throws(ZeppelinError) {
            let answer = try await send(method, path, body: body, session: used)
            guard answer.status == 302 else { return try Self.read(answer, path) }
        } catch {
            // Whoever comes back after a silence may be of another version.
            if case .notNow = error { knownDialect = nil }
            throw error
        }
        let renewed: Session
        do throws(ZeppelinError) {
            renewed = try await renewedSession(after: used)
        } catch {
            guard !error.isDefinite else { throw error }
            // The redirect came instead of the deed.
            throw .notNow(reason: "the session has ended, and of a new login: \(error)")
        }
        let again = try await send(method, path, body: body, session: renewed)
        return try Self.read(again, path)
    }

    // MARK: - The session

    /// A session other than the one that expired: whoever comes first logs in, the others wait for it.
    private func renewedSession(after expired: Session?) async throws(ZeppelinError) -> Session {
        if let session, session != expired { return session }
        let attempt = login ?? Task { try await self.logIn() }
        login = attempt
        defer { if login == attempt { login = nil } }
        do {
            let session = try await attempt.value
            self.session = session
            return session
        } catch let error as ZeppelinError {
            throw error
        } catch {
            throw .noAnswer(reason: "the login was interrupted")
        }
    }

    private func logIn() async throws(ZeppelinError) -> Session {
        guard let credentials else { throw .loginWanted }
        let form = "userName=\(credentials.userName.formEncoded)&password=\(credentials.password.formEncoded)"
        let answer = try await send(
            .post, "/login", bytes: Array(form.utf8), type: "application/x-www-form-urlencoded", session: nil)
        switch answer.status {
        case 200: break
        case 401, 403: throw .loginRefused
        default: throw .unclear(status: answer.status, reason: "the login failed")
        }
        // Zeppelin sets the cookie several times in one answer; the last one counts.
        let name = "JSESSIONID="
        let cookies = answer.cookies.filter { $0.hasPrefix(name) }.map { $0.dropFirst(name.count).prefix { $0 != ";" } }
        guard let last = cookies.last, last != "deleteMe", !last.isEmpty else {
            throw .unclear(status: answer.status, reason: "the login set no session")
        }
        return Session(cookie: String(last), principal: Self.principal(in: answer.bytes))
    }

    /// `nil` where the answer can't be read: the session's cookie is what a login is made for.
    private static func principal(in bytes: [UInt8]) -> String? {
        guard let answer = try? JSON.decode(JSONValue.self, from: bytes) else { return nil }
        return answer["body"]?["principal"]?.stringValue
    }

    // MARK: - The wire

    private struct Answer {
        let status: Int
        let cookies: [String]
        /// In whole seconds; a date, which `Retry-After` may be as well, is left to the caller's own back-off.
        let retryAfter: Duration?
        let bytes: [UInt8]
    }

    private func send(
        _ method: Method, _ path: String, body: JSONValue?, session: Session?
    ) async throws(ZeppelinError) -> Answer {
        guard let body else { return try await send(method, path, bytes: nil, type: nil, session: session) }
        do {
            return try await send(method, path, bytes: try JSON.encode(body), type: "application/json", session: session)
        } catch let error as ZeppelinError {
            throw error
        } catch {
            throw .refused(status: 0)
        }
    }

    private func send(
        _ method: Method, _ path: String, bytes: [UInt8]?, type: String?, session: Session?
    ) async throws(ZeppelinError) -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let type { request.headers.add(name: "Content-Type", value: type) }
        if let session { request.headers.add(name: "Cookie", value: "JSESSIONID=\(session.cookie)") }
        if let bytes { request.body = .bytes(bytes) }
        do {
            let response = try await http.execute(request, timeout: timeLimit)
            let buffer = try await response.body.collect(upTo: Self.bodyLimit)
            let seconds = response.headers.first(name: "Retry-After").flatMap(Int64.init)
            return Answer(
                status: Int(response.status.code), cookies: response.headers["Set-Cookie"],
                retryAfter: seconds.map { .seconds(min(max($0, 0), Self.longestRetryAfter)) }, bytes: Array(buffer.readableBytesView))
        } catch {
            if Self.isNoConnection(error) { throw .notNow(reason: "there is no connection to it") }
            // The error's own words may hold addresses; its kind says enough.
            throw .noAnswer(reason: (error as? HTTPClientError)?.shortDescription ?? "\(Swift.type(of: error))")
        }
    }

    /// Whether nothing can have been sent.
    private static func isNoConnection(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as IOError: error.errnoCode == ECONNREFUSED
        case let error as HTTPClientError: [.connectTimeout, .getConnectionFromPoolTimeout].contains(error)
        default: false
        }
    }

    /// What a path is about, in words: of a note or a paragraph its id.
    private static func subject(of path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "job" }
        guard parts.first == "notebook", parts.count > 1 else { return String(parts.first ?? "") }
        let note = "note \(parts[1])"
        guard let paragraph = parts.dropFirst(2).last, paragraph != "permissions", paragraph != "paragraph" else { return note }
        return "\(note), or no paragraph \(paragraph) in it"
    }

    private static func read(_ answer: Answer, _ path: String) throws(ZeppelinError) -> JSONValue {
        switch answer.status {
        case 200, 201: break
        case 302: throw .unclear(status: 302, reason: "the new session was not accepted")
        case 403: throw .forbidden
        case 404: throw .notFound(subject(of: path))
        case 429: throw .notNow(reason: "it has too much to do", retryAfter: answer.retryAfter)
        case 503 where answer.retryAfter != nil: throw .notNow(reason: "it is not available", retryAfter: answer.retryAfter)
        // A time-out, a place that is taken, perhaps by what was asked before, a request that came too early.
        case 408, 409, 425: throw .unclear(status: answer.status, reason: "the request may have been carried out before")
        case 400..<500: throw .refused(status: answer.status)
        default: throw .unclear(status: answer.status, reason: "the server failed")
        }
        do {
            let envelope = try JSON.decode(JSONValue.self, from: answer.bytes)
            guard envelope["status"] == "OK" else { throw ZeppelinError.unclear(status: answer.status, reason: "the envelope is not OK") }
            return envelope["body"] ?? .null
        } catch let error as ZeppelinError {
            throw error
        } catch {
            throw .unclear(status: answer.status, reason: "the body is not JSON")
        }
    }
}

extension String {
    /// As a value of an HTML form.
    fileprivate var formEncoded: String {
        utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
