package import HindsightCore

// What every renewal leaves in the log, read without Codable. In the order in which it is stored, which is the fastest.

extension InvoiceOpened: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        at = try members.timestamp("at")
        currency = try members.string("currency", as: Currency.init)
        customer = try members.string("customer")
        customerType = try members.choice("customerType")
        dueAt = try members.timestamp("dueAt")
        invoice = try members.string("invoice")
        method = try members.string("method")
        period = try members.integer("period")
        subscription = try members.string("subscription")
        timeZone = try members.string("timeZone")
    }
}

extension ChargeRequested: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        at = try members.timestamp("at")
        attempt = try members.integer("attempt")
        chosenBy = try members.choice("chosenBy")
        clearance = try members.object("clearance")
        currency = try members.string("currency", as: Currency.init)
        customer = try members.string("customer")
        invoice = try members.string("invoice")
        key = try members.string("key")
        method = try members.string("method")
        recovery = try members.optionalObject("recovery")
        window = try members.object("window")
    }
}

extension ChargeApproved: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        at = try members.timestamp("at")
        attempt = try members.integer("attempt")
        charge = try members.string("charge")
        currency = try members.string("currency", as: Currency.init)
        invoice = try members.string("invoice")
        key = try members.string("key")
        network = try members.choice("network")
        recovery = try members.optionalObject("recovery")
    }
}

extension ChargeDeclined: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        advice = try members.optionalString("advice")
        at = try members.timestamp("at")
        attempt = try members.integer("attempt")
        block = try members.optionalObject("block")
        charge = try members.optionalString("charge")
        code = try members.optionalString("code")
        invoice = try members.string("invoice")
        key = try members.string("key")
        network = try members.optionalChoice("network")
        notBefore = try members.optionalTimestamp("notBefore")
        reason = try members.choice("reason")
        recovery = try members.optionalObject("recovery")
        stated = try members.optionalString("stated")
    }
}

// MARK: - Their parts

extension ChargeWindow: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        from = try members.timestamp("from")
        until = try members.timestamp("until")
    }
}

extension RecoveryTerms: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        firstReason = try members.choice("firstReason")
        policy = try members.string("policy")
        policyVersion = try members.integer("policyVersion")
    }
}

extension CardBlock: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        advice = try members.optionalString("advice")
        code = try members.optionalString("code")
        rule = try members.string("rule")
    }
}

extension NetworkGuard.Clearance: JSONReadable {
    package init(reading members: inout MemberReader) throws {
        rules = try members.string("rules")
        triesInDay = try members.integer("triesInDay")
        triesInMonth = try members.integer("triesInMonth")
    }
}
