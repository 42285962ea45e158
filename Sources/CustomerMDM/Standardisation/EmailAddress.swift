/// The address of a mailbox.
package struct EmailAddress: Sendable, Hashable {
    /// `local@domain`, in lower case; spellings that a provider delivers to one mailbox are one.
    package let text: StandardText
    package let local: StandardText
    package let domain: StandardText

    private init(local: String, domain: String) {
        text = StandardText(local + "@" + domain)
        self.local = StandardText(local)
        self.domain = StandardText(domain)
    }

    static func standardise(_ text: String) -> Standardised {
        let typed = TypedText(text)
        var flags: StandardisationFlags = []
        guard let (address, isOneOfSeveral) = address(in: typed.units) else {
            if MissingWords.fill(typed) { return Standardised(nil, .placeholder) }
            return typed.units.allSatisfy { $0 == 0x20 } ? .missing : Standardised(nil, .unreadable)
        }
        if isOneOfSeveral { flags.insert(.severalValues) }
        let parts = latin(address, &flags).split(separator: 0x40, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return Standardised(nil, flags.union(.unreadable)) }
        let domain = EmailDomain.mended(Word(parts[1]).text, &flags)
        guard domain.utf8.contains(0x2E) else { return Standardised(nil, flags.union(.unreadable)) }
        let local = EmailDomain.mailbox(parts[0], at: domain).text
        guard !local.isEmpty else { return Standardised(nil, flags.union(.unreadable)) }
        if fakes.contains(local) { return Standardised(nil, flags.union(.fake)) }
        if roles.contains(local) { flags.insert(.sharedMailbox) }
        return Standardised(.email(EmailAddress(local: local, domain: EmailDomain.canonical(domain))), flags)
    }

    /// The first text with an `@`; spaces around dots and the `@` are slips.
    private static func address(in units: [UInt16]) -> (address: [UInt16], isOneOfSeveral: Bool)? {
        let folded = units.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let candidates = folded.split { $0 == 0x3B || $0 == 0x3C || $0 == 0x3E }.filter { $0.contains(0x40) }
        guard let first = candidates.first else { return nil }
        let parts = first.split(separator: 0x20)
        let whole = parts.filter { $0.contains(0x40) && $0.first != 0x40 && $0.last != 0x40 }
        // A comma parts two addresses, or stands for a dot.
        let several = candidates.count + max(whole.count, first.count { $0 == 0x40 }) > 2
        let text = several ? whole.first.map(Array.init) ?? Array(first) : Array(parts.joined())
        var address = several ? Array(text.split(separator: 0x2C).first ?? []) : text
        address = address.map { $0 == 0x2C ? 0x2E : $0 }
        while address.last == 0x2E { address.removeLast() }
        if address.starts(with: "mailto:".utf16) { address.removeFirst(7) }
        return (address, several)
    }

    /// Cyrillic letters are look-alikes, or were typed on the other layout; a Cyrillic domain stays one.
    private static func latin(_ address: [UInt16], _ flags: inout StandardisationFlags) -> [UInt16] {
        guard address.contains(where: { Letter.script($0) == .cyrillic }) else { return address }
        let address = address.map { Letter.folded($0) }
        if let mended = LookAlikes.latin(address[...]) {
            flags.insert(.lookAlikes)
            return mended
        }
        let domain = address.split(separator: 0x40).last ?? []
        guard domain.contains(where: { Letter.script($0) == .cyrillic }) else { return address }
        let typed = KeyboardLayout.american(address)
        let isLatin = typed.allSatisfy { $0 < 0x80 } && typed.contains(0x2E)
        var slips: StandardisationFlags = []
        if isLatin, EmailDomain.isKnown(EmailDomain.mended(Word(typed.split(separator: 0x40).last ?? []).text, &slips)) {
            flags.insert(.keyboardLayout)
            return typed
        }
        return address
    }

    private static let fakes: Set<String> = [
        "no", "none", "net", "нет", "noemail", "nomail", "no-email", "test", "asd", "qwerty", "123", "aaa", "xxx",
    ]
    private static let roles: Set<String> = [
        "info", "admin", "office", "mail", "sales", "support", "contact", "hr", "buh", "buhgalter", "zakaz", "noreply", "no-reply",
        "reception",
    ]
}
