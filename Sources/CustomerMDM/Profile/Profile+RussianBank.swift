extension Profile {
    // Weights are in 1/1000 bit, estimated by hand from how often the values agree by chance; rules decide, weights order and explain.
    static let russianBank = """
        name: russian-bank
        version: 2
        attributes:
          - { name: surname, standardiser: russianSurname, namePart: surname, past: true }
          - { name: givenName, standardiser: russianGivenName, namePart: givenName, past: true }
          - { name: patronymic, standardiser: russianPatronymic, namePart: patronymic, past: true }
          - { name: birthDate, standardiser: date, placeholders: ["19000101", "19700101"], held: true }
          - { name: gender, standardiser: gender, held: true }
          - { name: passport, standardiser: russianPassport, past: true }
          - { name: passportDate, standardiser: date, placeholders: ["19000101", "19700101"] }
          - { name: snils, standardiser: snils }
          - { name: inn, standardiser: inn }
          - name: mobilePhone
            standardiser: russianPhone
            placeholders: ["+79999999999", "+79000000000", "+78005553535", "+71234567890"]
          - name: extraPhone
            standardiser: russianPhone
            placeholders: ["+79999999999", "+79000000000", "+78005553535", "+71234567890"]
          - name: homePhone
            standardiser: russianPhone
            placeholders: ["+79999999999", "+79000000000", "+78005553535", "+71234567890"]
          - { name: email, standardiser: email }
          - { name: address, standardiser: russianAddress }
          - { name: ibId, standardiser: code }
        junkWords: [ип, тест, test, умер, умерла, дубль, vip, не звонить, не беспокоить, удален, удалена, г-н, г-жа]

        keys:
          - { name: person, parts: [[surname], [givenName], [birthDate]] }
          - { name: parentage, parts: [[givenName], [patronymic], [birthDate]] }
          - { name: family, parts: [[surname], [patronymic], [birthDate]] }
          - { name: fullName, parts: [[surname], [givenName], [patronymic]], narrowedBy: [birthDate] }
          - { name: passport, parts: [[passport]] }
          - { name: snils, parts: [[snils]] }
          - { name: inn, parts: [[inn]] }
          - { name: phone, parts: [[mobilePhone, extraPhone]], narrowedBy: [givenName] }
          - { name: email, parts: [[email]], narrowedBy: [givenName] }
          - { name: ibId, parts: [[ibId]] }
        maximumCardsPerKey: 100

        comparisons:
          - name: surname
            measure: name
            attributes: [surname]
            frequencies: true
            weights: { exact: 8000, variant: 6500, similar: 4500, different: -4000 }
          - name: givenName
            measure: name
            attributes: [givenName]
            frequencies: true
            weights: { exact: 5500, variant: 4500, similar: 3000, different: -6000 }
          - name: patronymic
            measure: name
            attributes: [patronymic]
            frequencies: true
            weights: { exact: 6000, variant: 4500, similar: 4000, different: -5000 }
          - { name: birthDate, measure: date, attributes: [birthDate], weights: { exact: 13500, similar: 6000, different: -8000 } }
          - { name: gender, measure: equality, attributes: [gender], weights: { exact: 1000, different: -9000 } }
          - name: passport
            measure: digits
            attributes: [passport]
            weights: { exact: 19000, variant: 18000, similar: 9000, different: -700 }
          - { name: snils, measure: digits, attributes: [snils], weights: { exact: 20000, similar: 8000, different: -9000 } }
          - { name: inn, measure: digits, attributes: [inn], weights: { exact: 20000, similar: 8000, different: -9000 } }
          - name: mobilePhone
            measure: equality
            attributes: [mobilePhone]
            alternates: [extraPhone]
            frequencies: true
            weights: { exact: 12500, variant: 7000, different: -900 }
          - { name: homePhone, measure: equality, attributes: [homePhone], frequencies: true, weights: { exact: 8500, different: -600 } }
          - { name: email, measure: name, attributes: [email], weights: { exact: 14000, similar: 9000, different: -700 } }
          - { name: address, measure: tokens, attributes: [address], weights: { exact: 9500, similar: 4500, different: -800 } }
          - { name: ibId, measure: equality, attributes: [ibId], weights: { exact: 20000, different: -9000 } }

        strong:
          - { name: passport-and-given-name, all: { passport: variant, givenName: similar, birthDate: missing } }
          - { name: snils-and-given-name, all: { snils: exact, givenName: similar, birthDate: missing } }
          - { name: inn-and-given-name, all: { inn: exact, givenName: similar, birthDate: missing } }
          - { name: internet-bank-and-given-name, all: { ibId: exact, givenName: similar, birthDate: missing } }
          - name: name-birth-date-and-contact
            all: { surname: similar, givenName: variant, patronymic: missing, birthDate: exact }
            any: { mobilePhone: variant, homePhone: exact, email: similar, address: exact, passport: similar }
          - name: misspelt-name-birth-date-and-contact
            all: { surname: similar, givenName: similar, patronymic: missing, birthDate: similar }
            any: { mobilePhone: exact, email: exact, snils: similar, inn: similar }
          - name: given-name-birth-date-and-contact
            all: { givenName: variant, patronymic: missing, birthDate: exact }
            any: { mobilePhone: exact, email: exact }
          # A namesake born on the same day has papers and contacts of his own: where any card of either record knows them, this rule only
          # proposes, and so it does where a card could belong to two namesakes.
          - name: full-name-and-birth-date
            all:
              surname: variant
              givenName: variant
              patronymic: variant
              birthDate: exact
              passport: missing
              snils: missing
              inn: missing
              homePhone: missing
              email: missing
              address: missing
              ibId: missing
            weight: 28000
            unopposed: true
          - name: full-name-and-contact
            all: { surname: variant, givenName: variant, patronymic: missing, birthDate: missing }
            any: { mobilePhone: exact, email: exact }
        weak:
          - { name: similar-name-and-birth-date, all: { surname: similar, givenName: variant, patronymic: similar, birthDate: exact } }
          - { name: name-and-birth-date, all: { surname: exact, givenName: variant, patronymic: missing, birthDate: exact } }
          - name: parentage-birth-date-and-household
            all: { givenName: variant, patronymic: similar, birthDate: exact }
            any: { homePhone: exact, address: exact }
          - name: name-and-contact
            all: { surname: similar, givenName: similar, birthDate: missing }
            any: { mobilePhone: exact, email: similar }
        likeness: { surname: similar, givenName: variant, patronymic: missing, birthDate: exact }

        conflicts:
          - { name: given names, kind: different, comparison: givenName }
          - { name: gender, kind: different, comparison: gender }
          - { name: birth dates, kind: different, comparison: birthDate }
          - { name: snils, kind: different, comparison: snils }
          - { name: inn, kind: different, comparison: inn }
          - { name: passports valid at once, kind: validAtOnce, comparison: passport, issueDate: passportDate, days: 30 }
        guards: [ibId]
        survivorship:
          standard: newest
          attributes: { birthDate: mostFrequent, gender: mostFrequent, snils: mostFrequent, inn: mostFrequent, address: longest }
          trustedSources: [ABS, CRM, IB, CARDS, INSUR, LOAN]
        online: { cards: 64, edges: 512 }
        """
}
