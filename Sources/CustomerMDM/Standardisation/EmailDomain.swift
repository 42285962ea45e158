/// What we know of the providers of mail.
enum EmailDomain {
    static func isKnown(_ domain: String) -> Bool { known.contains(domain) || aliases[domain] != nil }

    /// A domain one slip away from a well-known one, or from a well-known ending, is that one.
    static func mended(_ domain: String, _ flags: inout StandardisationFlags) -> String {
        if isKnown(domain) { return domain }
        if let right = misspelt[domain] {
            flags.insert(.misspeltDomain)
            return right
        }
        for (wrong, right) in endings where domain.hasSuffix(wrong) {
            flags.insert(.misspeltDomain)
            let mended = domain.dropLast(wrong.utf8.count) + right
            return misspelt[String(mended)] ?? String(mended)
        }
        return domain
    }

    /// The one name of a provider that has several.
    static func canonical(_ domain: String) -> String { aliases[domain] ?? domain }

    /// Google ignores dots, Yandex takes a hyphen for one; behind a plus stands what the owner likes.
    static func mailbox(_ local: ArraySlice<UInt16>, at domain: String) -> Word {
        let domain = canonical(domain)
        guard domain == "gmail.com" || domain == "yandex.ru" else { return Word(local) }
        let plain = local.prefix { $0 != 0x2B }
        return Word(domain == "gmail.com" ? plain.filter { $0 != 0x2E } : plain.map { $0 == 0x2D ? 0x2E : $0 })
    }

    private static let known: Set<String> = [
        "gmail.com", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "yandex.ru", "rambler.ru", "hotmail.com", "outlook.com",
        "yahoo.com", "icloud.com", "me.com", "live.com", "vk.com", "example.com",
    ]
    private static let aliases = [
        "googlemail.com": "gmail.com", "ya.ru": "yandex.ru", "yandex.com": "yandex.ru", "yandex.by": "yandex.ru", "yandex.kz": "yandex.ru",
        "narod.ru": "yandex.ru",
    ]
    private static let endings = [
        (".con", ".com"), (".cmo", ".com"), (".comm", ".com"), (".cim", ".com"), (".rru", ".ru"), (".ruu", ".ru"), (".tu", ".ru"),
    ]

    /// Well-known domains with two letters swapped, one doubled, or one left out after the first.
    private static let misspelt: [String: String] = {
        var misspelt = ["jandex.ru": "yandex.ru", "yandeks.ru": "yandex.ru", "gmai.com": "gmail.com", "gmeil.com": "gmail.com"]
        for domain in ["gmail.com", "mail.ru", "yandex.ru", "rambler.ru", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com"] {
            let letters = Array(domain)
            for i in letters.indices.dropLast() {
                var (swapped, doubled, shortened) = (letters, letters, letters)
                swapped.swapAt(i, i + 1)
                doubled.insert(letters[i], at: i)
                // Shorter ones are domains of others: mil.ru, mai.ru, mail.com.
                if i > 0, letters.count > 7 { shortened.remove(at: i) }
                for wrong in [swapped, doubled, shortened].map({ String($0) }) where !isKnown(wrong) { misspelt[wrong] = domain }
            }
        }
        return misspelt
    }()
}
