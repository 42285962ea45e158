import CPhoneNumber

/// What a text says as a phone number.
package enum PhoneReading: Sendable, Hashable {
    /// In the form of ITU-T E.164, such as `+79161112233`; an extension is not part of it.
    case number(e164: String, hasExtension: Bool)
    /// Enough to dial within a town, too little to know which.
    case local
    /// As long as no number of its country.
    case wrongLength
    case notANumber
}

/// Reads phone numbers as people write them, by the tables of libphonenumber.
///
/// A call costs about 8 µs, so that whoever reads many keeps the results.
package struct PhoneNumberReader: Sendable, Hashable {
    /// Where a number without a country's code is dialled: two letters of ISO 3166-1.
    package let region: String

    /// - Returns: `nil` for a region that the library doesn't know.
    package init?(region: String) {
        guard hindsight_phone_knows_region(region) else { return nil }
        self.region = region
    }

    package func read(_ text: String) -> PhoneReading {
        var text = text
        let phone = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { hindsight_phone_parse($0.baseAddress, $0.count, region) }
        }
        switch phone.length {
        case HINDSIGHT_PHONE_POSSIBLE: return .number(e164: Self.text(phone), hasExtension: phone.has_extension)
        case HINDSIGHT_PHONE_LOCAL_ONLY: return .local
        case HINDSIGHT_PHONE_WRONG_LENGTH: return .wrongLength
        default: return .notANumber
        }
    }

    private static func text(_ phone: hindsight_phone) -> String {
        withUnsafeBytes(of: phone.e164) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
