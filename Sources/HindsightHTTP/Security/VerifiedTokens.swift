import Crypto
import Synchronization

/// Tokens whose signature was found good, so that a client that sends the same one with every request pays for it once.
///
/// They are known by their hashes: the memory of the server holds no list of credentials. When it is full, those go that were not asked
/// for lately. Only good tokens come in, so nobody without one can push others out.
final class VerifiedTokens: Sendable {
    typealias Name = SHA256Digest

    private struct State {
        var keys: KeySet.Identity?
        /// Two halves: when the first is full, it becomes the second, and what was the second is forgotten.
        var recent: [Name: TokenClaims] = [:]
        var older: [Name: TokenClaims] = [:]
    }

    private let halfCapacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { halfCapacity = max(1, capacity / 2) }

    var count: Int { state.withLock { $0.recent.count + $0.older.count } }

    static func name(_ token: String) -> Name { SHA256.hash(data: Array(token.utf8)) }

    /// What the token says, if it was found good with these keys and no others came since. Whether it is still valid is not looked at.
    func claims(of token: Name, under keys: KeySet) -> TokenClaims? {
        state.withLock { state in
            if state.keys !== keys.identity { state = State(keys: keys.identity) }
            if let claims = state.recent[token] { return claims }
            guard let claims = state.older.removeValue(forKey: token) else { return nil }
            add(claims, token, &state)
            return claims
        }
    }

    /// Does nothing if other keys came while the token was looked at.
    func keep(_ claims: TokenClaims, of token: Name, under keys: KeySet) {
        state.withLock { state in
            guard state.keys === keys.identity else { return }
            state.older[token] = nil
            add(claims, token, &state)
        }
    }

    private func add(_ claims: TokenClaims, _ token: Name, _ state: inout State) {
        if state.recent.count >= halfCapacity, state.recent[token] == nil {
            state.older = state.recent
            state.recent = [:]
        }
        state.recent[token] = claims
    }
}
