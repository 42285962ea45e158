import Glibc

/// Where a server listens: a host and a port.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or an IP address, without brackets.
    package let host: String
    /// 0 means any free one.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`; `nil` if the text is none of them.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            port <= 65_535
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            var bytes = in6_addr()
            guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
            self.init(host: address, port: port)
        } else {
            guard Self.isName(host) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// Whether nobody but this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") && Self.isAddress(host) }

    private static func isAddress(_ host: String) -> Bool {
        var bytes = in_addr()
        return inet_pton(AF_INET, host, &bytes) == 1
    }

    /// Whether it may be a host's name; what looks like an IPv4 address has to be one.
    private static func isName(_ host: Substring) -> Bool {
        guard !host.isEmpty, host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }) else { return false }
        return !host.allSatisfy { $0.isNumber || $0 == "." } || isAddress(String(host))
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
